// Both kernels on one case. What a timer sends comes a little earlier or later in each run, so before two runs count as
// different, the engine may have its clock moved at the step in question by up to two jiffies, and the case is played
// again on the real kernel.

import { EngineTarget } from '../../packages/linux/src/raw/engine-target.ts';
import { type LinuxTarget, openLinuxTarget } from '../../packages/linux/src/raw/linux-target.ts';
import type { Case, Observation } from './case.ts';
import { type Difference, type Explain, firstDifference } from './compare.ts';
import { playOnEngine, playOnLinux, type Skew } from './play.ts';

/** Jiffies a second of the kernels that we compare with. */
const HZ = 250;
/** How far a timer may be off, ns: its own jiffy and the one in which it was armed. */
const SKEWS_NS = [4e6, -4e6, 8e6, -8e6] as const;
/** Timers that may be off in one case. */
const SKEWED_MAX = 4;
/** Times that a case is played again on the real kernel before a difference is believed. */
const AGAIN = 2;

export interface Verdict {
  readonly difference: Difference | null;
  readonly engine: readonly Observation[];
  readonly linux: readonly Observation[];
  /** They agree, but only after the engine's clock was moved or the case was played again. */
  readonly byTiming: boolean;
}

export class Judge {
  readonly linux: LinuxTarget;
  private readonly engine = new EngineTarget({ hz: HZ });

  private constructor(linux: LinuxTarget) {
    this.linux = linux;
  }

  /** Throws HostError when this machine cannot. */
  static async open(): Promise<Judge> {
    return new Judge(await openLinuxTarget());
  }

  end(): void {
    this.linux.end();
  }

  private once(one: Case, explain: Explain | undefined): Verdict {
    const linux = playOnLinux(this.linux, one);
    const { zero } = this.linux;
    const withSkews = (skews: readonly Skew[]): Verdict => {
      const engine = playOnEngine(this.engine, one, linux, zero, skews);
      const difference = firstDifference(one, engine, linux, explain);
      return { linux, engine, difference, byTiming: skews.length > 0 };
    };
    return this.skewed(withSkews, []);
  }

  /** Moves the clock at the step that differs, as long as that lets the runs agree for longer. */
  private skewed(play: (skews: readonly Skew[]) => Verdict, skews: readonly Skew[]): Verdict {
    const verdict = play(skews);
    const { difference } = verdict;
    if (difference === null || skews.length === SKEWED_MAX) return verdict;
    for (const ns of SKEWS_NS) {
      const more = [...skews, { step: difference.step, ns }];
      const at = play(more).difference?.step ?? Number.POSITIVE_INFINITY;
      if (at <= difference.step) continue;
      const better = this.skewed(play, more);
      if (better.difference === null) return better;
    }
    return verdict;
  }

  /** Plays a case until the kernels agree, at most `AGAIN` times more. */
  judge(one: Case, explain?: Explain): Verdict {
    let verdict = this.once(one, explain);
    for (let n = 0; n < AGAIN && verdict.difference !== null; n++)
      verdict = { ...this.once(one, explain), byTiming: true };
    return verdict;
  }
}
