// Differences that are known, each with its reason: data in explained-differences.json. An entry that never occurs any
// more in the fixed batch fails it, so the list cannot outlive what it explains.

import { readFileSync } from 'node:fs';
import { type Case, type Step, stepText } from './case.ts';

export interface Explanation {
  readonly id: string;
  /** Regular expression for one line of a difference, and for the step. */
  readonly line: string;
  readonly step: string;
  readonly reason: string;
  /** What follows differs too and is not compared. */
  readonly ends?: boolean;
  /** A short case in which it occurs. The fixed batch plays it. */
  readonly example: Case;
}

interface Rule {
  readonly id: string;
  readonly line: RegExp;
  readonly step: RegExp;
  readonly ends: boolean;
}

export class Explanations {
  readonly all: readonly Explanation[];
  private readonly rules: readonly Rule[];
  /** How often each explained a line. */
  readonly used = new Map<string, number>();

  constructor(all: readonly Explanation[]) {
    this.all = all;
    this.rules = all.map(({ id, line, step, ends }) => ({
      id,
      line: new RegExp(line),
      step: new RegExp(step),
      ends: ends === true,
    }));
  }

  /** The list beside this file. */
  static read(): Explanations {
    const file = new URL('./explained-differences.json', import.meta.url);
    return new Explanations(JSON.parse(readFileSync(file, 'utf8')) as Explanation[]);
  }

  readonly explains = (line: string, step: Step): 'no' | 'yes' | 'ends' => {
    const rule = this.rules.find((r) => r.line.test(line) && r.step.test(stepText(step)));
    if (rule === undefined) return 'no';
    this.used.set(rule.id, (this.used.get(rule.id) ?? 0) + 1);
    return rule.ends ? 'ends' : 'yes';
  };

  /** Those that explained nothing. */
  idle(): Explanation[] {
    return this.all.filter(({ id }) => !this.used.has(id));
  }
}
