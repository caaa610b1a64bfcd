// The record of a workload, made of what it counted.

import { summarise } from '../histogram.ts';
import type { WorkloadRecord } from '../result.ts';
import type { Interval } from './ledger.ts';
import type { LoadPlan } from './plan.ts';
import type { WorkloadSpec } from './spec.ts';
import type { LoadState, UnitState } from './state.ts';

/** Names that `expect` lines and results use: workloads, and the calls of servers, in the order of the document. */
export const unitNames = (workloads: readonly WorkloadSpec[]): string[] =>
  workloads.flatMap((spec) => [spec.name, ...(spec.kind === 'serve' ? spec.calls.map((c) => c.name) : [])]);

const interval = (i: Interval, n: number, widthNs: number): WorkloadRecord['series'][number] => ({
  fromNs: n * widthNs,
  started: i.started,
  completed: i.completed,
  failed: i.failed,
  meanNs: i.completed === 0 ? 0 : Math.round(i.latencySum / i.completed),
  maxNs: i.latencyMax,
});

export const workloadRecords = (plan: LoadPlan, load: LoadState): WorkloadRecord[] =>
  plan.units.map(({ name, host }, i) => {
    const { ledger } = load.units[i] as UnitState;
    return {
      name,
      host,
      started: ledger.started,
      completed: ledger.completed,
      connected: ledger.connected,
      failed: Object.fromEntries([...ledger.failed].sort(([a], [b]) => (a < b ? -1 : 1))),
      connect: summarise(ledger.connect),
      request: summarise(ledger.request),
      intervalNs: plan.intervalNs,
      series: ledger.series.map((entry, n) => interval(entry, n, plan.intervalNs)),
    };
  });
