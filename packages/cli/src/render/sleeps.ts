// How processes slept, step by step: the call that sleeps and on which queue, what woke it, when it ran again, which signal
// it handled, what the call gave. Shown by --full.

import type { EventRecord, RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { clock, duration } from './duration.ts';
import { clip, padEnd } from './text.ts';

/** Steps that are shown; a long run has more. */
const STEPS_MAX = 80;
const DECIMALS = 6;

type Step = EventRecord & { readonly type: 'sleep' | 'wake' | 'run' | 'signal' | 'call' };

const SHOWN: ReadonlySet<string> = new Set<Step['type']>(['sleep', 'wake', 'run', 'signal']);
const isShown = (event: EventRecord): event is Step => SHOWN.has(event.type);

/** Sleeps, wake-ups, runs, and the returns of calls that had slept. */
function stepsOf({ events }: RunResult): Step[] {
  const asleep = new Set<string>();
  return events.flatMap((event): Step[] => {
    if (event.type === 'call') {
      const slept = asleep.delete(`${event.host} ${event.process}`);
      return slept ? [event] : [];
    }
    if (event.type === 'sleep') asleep.add(`${event.host} ${event.process}`);
    return isShown(event) ? [event] : [];
  });
}

function words(step: Step, m: Messages): string {
  switch (step.type) {
    case 'sleep':
      return m.report.sleeps(step.call, step.on.join(', '), step.exclusive);
    case 'wake':
      return m.report.wakes(m.report.wakers[step.by], step.on ?? '', step.key);
    case 'run':
      return m.report.runs(duration(step.waitedNs));
    case 'signal':
      return m.report.signal(step.signal, step.effect);
    case 'call':
      return `${step.call} = ${step.result}`;
  }
}

/** The first steps, and how many more there are; nothing when nobody slept. */
export function sleepLines(result: RunResult, columns: number, m: Messages): string[] {
  const steps = stepsOf(result);
  const shown = steps.slice(0, STEPS_MAX);
  const name = Math.max(0, ...shown.map((s) => s.process.length)) + 2;
  const lines = shown.map((s) =>
    clip(`${clock(s.atNs, DECIMALS)}  ${padEnd(s.process, name)}${words(s, m)}`, columns),
  );
  return steps.length > shown.length ? [...lines, m.report.moreSteps(steps.length - shown.length)] : lines;
}
