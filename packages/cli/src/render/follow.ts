// One process, step by step: its calls, and for those that wait how it leaves the CPU, what wakes it and when it runs
// again. A scenario file says which processes (`follow`).

import type { EventRecord, RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { clock, duration } from './duration.ts';
import { padEnd, wrap } from './text.ts';

/** Steps that are shown of one process; a long run has more. */
const STEPS_MAX = 80;
/** Seconds to 100 ns: a switch takes a microsecond. */
const DECIMALS = 7;

interface Step {
  readonly atNs: number;
  readonly text: string;
}

/** A segment in packetdrill notation, up to its window. */
const withoutOptions = (text: string): string => text.replace(/ <.*>$/, '');

type Wake = EventRecord & { readonly type: 'wake' };

/** The wake-up, after the packet in softirq when one did it. */
function wakeSteps({ atNs, by, key, segment }: Wake, { segments }: RunResult, m: Messages): Step[] {
  const packet = segments.find((s) => s.id === segment);
  if (packet?.arrivedNs == null) return [{ atNs, text: m.follow.woken(m.report.wakers[by], key) }];
  const text = m.follow.softirq(withoutOptions(packet.text), packet.source);
  return [
    { atNs: packet.arrivedNs, text },
    { atNs, text: m.follow.woken('', key) },
  ];
}

/** What an event means for the process. `slept`: its call has been asleep before. */
function stepsOf(event: EventRecord, slept: boolean, result: RunResult, m: Messages): Step[] {
  const { atNs } = event;
  switch (event.type) {
    case 'call':
      return [{ atNs, text: `${event.call} = ${event.result}` }];
    case 'sleep':
      return [{ atNs, text: m.follow.sleeps(event.call, event.on.join(', '), event.exclusive, slept) }];
    case 'out':
      return [{ atNs, text: m.follow.out(event.voluntary, event.next) }];
    case 'wake':
      return wakeSteps(event, result, m);
    case 'signal':
      return [{ atNs, text: m.report.signal(event.signal, event.effect) }];
    case 'run':
      return [{ atNs, text: m.follow.runs(duration(event.waitedNs)) }];
    default:
      return [];
  }
}

/** By time; softirq may have begun before the process was off the CPU. */
const byTime = (a: Step, b: Step): number => a.atNs - b.atNs;

function linesOf(own: readonly EventRecord[], result: RunResult, columns: number, m: Messages): string[] {
  let slept = false;
  const steps = own.flatMap((event) => {
    const found = stepsOf(event, slept, result, m);
    if (event.type === 'sleep' || event.type === 'call') slept = event.type === 'sleep';
    return found;
  });
  steps.sort(byTime);
  const left = clock(result.endedNs, DECIMALS).length + 2;
  const lines = steps.slice(0, STEPS_MAX).flatMap(({ atNs, text }) => {
    const time = `${clock(atNs, DECIMALS).padStart(left - 2)}  `;
    return wrap(text, columns - left, '  ').map((part, i) => padEnd(i === 0 ? time : '', left) + part);
  });
  return steps.length > STEPS_MAX ? [...lines, m.report.moreSteps(steps.length - STEPS_MAX)] : lines;
}

export interface FollowedLines {
  readonly host: string;
  readonly process: string;
  readonly lines: readonly string[];
}

/** The steps of these processes, those of none that never slept: the real kernel does not tell of sleep. */
export function followLines(
  result: RunResult,
  processes: readonly string[],
  columns: number,
  m: Messages,
): FollowedLines[] {
  return processes.flatMap((process) => {
    const own = result.events.filter((e) => 'process' in e && e.process === process && e.type !== 'log');
    const sleep = own.find((e) => e.type === 'sleep');
    if (sleep === undefined) return [];
    return [{ host: sleep.host, process, lines: linesOf(own, result, columns, m) }];
  });
}
