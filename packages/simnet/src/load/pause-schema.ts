// Reads when a workload stands still: `stall` and `cpuMax`.

import { duration, Fields, list, positiveDuration, type Reader } from '../readers.ts';
import { refuse } from '../scenario-error.ts';
import type { PauseSpec } from './spec.ts';

type Span = PauseSpec['spans'][number];
type Every = PauseSpec['every'][number];

const EXAMPLE = 'a stall such as { at: 1s, for: 3s } or { every: 1s, for: 50ms }';

const stall: Reader<Span | Every> = (value, path) => {
  const f = new Fields(value, path, ['at', 'for', 'every', 'from'], EXAMPLE);
  const forNs = f.get('for', positiveDuration);
  if (!f.has('every')) {
    if (f.has('from')) refuse(f.at('from'), 'no from without every', f.raw('from'));
    return { atNs: f.get('at', duration), forNs };
  }
  if (f.has('at')) refuse(f.at('at'), 'either at or every', f.raw('at'));
  const everyNs = f.get('every', positiveDuration);
  if (everyNs <= forNs) refuse(f.at('every'), 'longer than for', f.raw('every'));
  return { everyNs, forNs, fromNs: f.or('from', duration, everyNs) };
};

const cpuMax: Reader<NonNullable<PauseSpec['cpuMax']>> = (value, path) => {
  const f = new Fields(value, path, ['quota', 'period'], 'a limit such as { quota: 20ms, period: 100ms }');
  return {
    quotaNs: f.get('quota', positiveDuration),
    periodNs: f.or('period', positiveDuration, 100_000_000),
  };
};

const isSpan = (s: Span | Every): s is Span => 'atNs' in s;
const isEvery = (s: Span | Every): s is Every => 'everyNs' in s;

export function pauses(f: Fields): PauseSpec {
  const all: (Span | Every)[] = f.or('stall', list(stall, 'a list of stalls'), []);
  return {
    spans: all.filter(isSpan),
    every: all.filter(isEvery),
    cpuMax: f.or('cpuMax', cpuMax, null),
  };
}
