// The first step at which two runs of a case differ, as lines of text. TSvals may differ by the time that the step took.

import type { Case, Observation, Step } from './case.ts';

export interface Difference {
  readonly step: number;
  /** `result: engine 0, linux EINVAL`, one line a thing that differs. */
  readonly lines: readonly string[];
}

/** What the ms clock may be off by besides the time a step took, ms: its own grain, and that of a timer. */
const TSVAL_SLACK_MS = 5;

const TSVAL = /TS val (\d+)/;

/** Two segments are the same but for a TSval within the slack. */
function sameSegment(a: string, b: string, slackMs: number): boolean {
  if (a === b) return true;
  if (a.replace(TSVAL, '') !== b.replace(TSVAL, '')) return false;
  const [va, vb] = [a, b].map((text) => Number(TSVAL.exec(text)?.[1]));
  return Math.abs(((va as number) - (vb as number)) | 0) <= slackMs;
}

/** Timers of one slot fire in an order that only Linux's wheel knows, so what several sent in a wait is sorted. */
function inOrder({ sent }: Observation, step: Step): readonly string[] {
  if (step.do !== 'wait') return sent;
  const bare = (text: string): string => text.replace(TSVAL, '');
  return [...sent].sort((a, b) => (bare(a) < bare(b) ? -1 : bare(a) > bare(b) ? 1 : 0));
}

function sentLines(engine: Observation, linux: Observation, step: Step): string[] {
  const slackMs = TSVAL_SLACK_MS + (linux.toNs - linux.fromNs) / 1e6;
  const [ours, theirs] = [inOrder(engine, step), inOrder(linux, step)];
  const lines: string[] = [];
  for (let i = 0; i < Math.max(ours.length, theirs.length); i++) {
    const [a, b] = [ours[i] ?? 'nothing', theirs[i] ?? 'nothing'];
    if (!sameSegment(a, b, slackMs)) lines.push(`sent: engine ${a}, linux ${b}`);
  }
  return lines;
}

function counterLines(engine: Observation, linux: Observation): string[] {
  const names = new Set([...Object.keys(engine.moved), ...Object.keys(linux.moved)]);
  return [...names].sort().flatMap((name) => {
    const [a, b] = [engine.moved[name] ?? 0, linux.moved[name] ?? 0];
    return a === b ? [] : [`counter ${name}: engine ${a}, linux ${b}`];
  });
}

function textLines(what: string, a: string, b: string): string[] {
  return a === b ? [] : [`${what}: engine ${a}, linux ${b}`];
}

function linesOf(engine: Observation, linux: Observation, step: Step): string[] {
  return [
    ...textLines('result', engine.result, linux.result),
    ...sentLines(engine, linux, step),
    ...counterLines(engine, linux),
    ...textLines('sockets', engine.sockets.join('; '), linux.sockets.join('; ')),
    ...textLines('poll', engine.polls, linux.polls),
    ...textLines('queue', engine.queue, linux.queue),
  ];
}

/** Says of a line of a difference whether it is explained, and whether what follows can be compared then. */
export type Explain = (line: string, step: Step) => 'no' | 'yes' | 'ends';

/** Null when they agree in all that is not explained. */
export function firstDifference(
  { steps }: Case,
  engine: readonly Observation[],
  linux: readonly Observation[],
  explain: Explain = () => 'no',
): Difference | null {
  for (let i = 0; i < steps.length; i++) {
    const step = steps[i] as Step;
    const all = linesOf(engine[i] as Observation, linux[i] as Observation, step);
    const answers = all.map((line) => explain(line, step));
    const lines = all.filter((_, n) => answers[n] === 'no');
    if (answers.includes('ends')) return null;
    if (lines.length > 0) return { step: i, lines };
  }
  return null;
}
