// What follows from the workloads of a scenario once and for all: their units (a workload, or one of the calls that a
// server makes for a request), each of which is counted by itself, and the socket options that their sockets need.

import type { SockOptionName, SockOptionValue } from '@halfopen/engine';
import { addressOf } from '../inject.ts';
import type { OptionSpec } from '../program-spec.ts';
import type { Scenario } from '../scenario.ts';
import type { TrafficSpec, WorkloadSpec } from './spec.ts';

export interface Setting {
  readonly option: SockOptionName;
  readonly value: SockOptionValue<SockOptionName>;
}

export interface LoadUnit {
  readonly name: string;
  readonly host: string;
  /** Index of its workload. */
  readonly workload: number;
  /** null: a server, which opens no connections. */
  readonly traffic: TrafficSpec | null;
  readonly settings: readonly Setting[];
}

export interface LoadPlan {
  readonly workloads: readonly PlannedWorkload[];
  readonly units: readonly LoadUnit[];
  /** Width of an interval of the series, ns. */
  readonly intervalNs: number;
}

export interface PlannedWorkload {
  readonly spec: WorkloadSpec;
  /** Index of its own unit. */
  readonly unit: number;
  /** Units of its calls. */
  readonly calls: readonly number[];
}

/** Intervals of a series. */
const INTERVALS = 100;

const settingOf = ({ name, value }: OptionSpec): Setting =>
  name === 'SO_LINGER'
    ? { option: 'SO_LINGER', value: { on: true, seconds: value } }
    : { option: name as SockOptionName, value };

const settingsOf = (options: readonly OptionSpec[], timeoutNs: number | null): Setting[] => {
  const timeouts = timeoutNs === null ? [] : [timeoutNs];
  return [
    ...options.map(settingOf),
    ...timeouts.map((value) => ({ option: 'SO_SNDTIMEO' as const, value })),
    ...timeouts.map((value) => ({ option: 'SO_RCVTIMEO' as const, value })),
  ];
};

/** Destinations as addresses, so that no thread has to look a host up. */
const resolved = (scenario: Scenario, traffic: TrafficSpec): TrafficSpec => ({
  ...traffic,
  to: traffic.to.map(({ host, port }) => {
    const other = traffic.family === 'AF_INET' ? 'AF_INET6' : 'AF_INET';
    const found = addressOf(scenario, host, traffic.family) ?? addressOf(scenario, host, other);
    return { host: found ?? host, port };
  }),
});

export function planLoad(scenario: Scenario): LoadPlan {
  const { workloads, durationNs } = scenario;
  const units: LoadUnit[] = [];
  const planned = workloads.map((spec, workload): PlannedWorkload => {
    const { host } = spec;
    const serves = spec.kind === 'serve';
    const own = serves ? null : resolved(scenario, spec.traffic);
    const unit = units.length;
    const settings = serves
      ? settingsOf(spec.options, null)
      : settingsOf(spec.traffic.options, spec.traffic.timeoutNs);
    units.push({ name: spec.name, host, workload, traffic: own, settings });
    const calls = (serves ? spec.calls : []).map((call) => {
      const traffic = resolved(scenario, call);
      const { name, options, timeoutNs } = traffic;
      units.push({ name, host, workload, traffic, settings: settingsOf(options, timeoutNs) });
      return units.length - 1;
    });
    return { spec, unit, calls };
  });
  return { workloads: planned, units, intervalNs: Math.max(1, Math.ceil(durationNs / INTERVALS)) };
}
