import { type EventRecord, type RunResult, readScenario, runScenario } from '@halfopen/simnet';
import { expect, it } from 'vitest';
import { paceOf } from './pace.ts';

/** One client after another asks a server that thinks; calls take no time. */
const scenario = readScenario({
  format: 1,
  name: 'round-and-round',
  title: 'Round and round',
  duration: '1s',
  hosts: { client: { address: '10.0.0.1/24' }, server: { address: '10.0.0.2/24' } },
  links: [{ between: ['client', 'server'], latency: '1ms' }],
  processes: [
    { host: 'server', program: 'server', port: 80, request: 10, think: '50ms', reply: 10 },
    { host: 'client', program: 'client', to: 'server:80', count: 3, request: 10, reply: 10 },
  ],
});

const callsOf = (run: RunResult, process: string) =>
  run.events.filter((e): e is EventRecord & { type: 'call' } => e.type === 'call' && e.process === process);
const startsOf = (run: RunResult): number[] => callsOf(run, 'server').map((e) => e.startNs);

/** Each call of the server later than the last one by `ns` more, as on a machine where calls take that long. */
const slower = (run: RunResult, ns: number): RunResult => {
  const calls = callsOf(run, 'server');
  return { ...run, events: calls.map((e, i) => ({ ...e, startNs: e.startNs + i * ns })) };
};

it('lets a process make each of its calls when it made it elsewhere', async () => {
  const free = await runScenario(scenario);
  const real = slower(free, 0.3e6);
  const paced = await runScenario(scenario, { pace: paceOf(real) });
  expect(startsOf(paced)).toEqual(startsOf(real));
  expect(paced.requests.map((r) => r.errno)).toEqual([null, null, null]);
});

it('is nothing to a run that is its own measure', async () => {
  const free = await runScenario(scenario);
  expect(await runScenario(scenario, { pace: paceOf(free) })).toEqual(free);
});

it('does not follow a process that was late by more than a comparison forgives', async () => {
  const free = await runScenario(scenario);
  const paced = await runScenario(scenario, { pace: paceOf(slower(free, 7e6)) });
  expect(startsOf(paced)).toEqual(startsOf(free));
});

it('hands each packet over when the other wire did, in the order of its kind', async () => {
  const free = await runScenario(scenario);
  const late = {
    ...free,
    events: [],
    segments: free.segments.map((s) => ({ ...s, arrivedNs: (s.arrivedNs ?? 0) + 0.2e6 })),
  };
  const paced = await runScenario(scenario, { pace: paceOf(late) });
  const firstOf = (run: RunResult) => run.segments.find((s) => s.length > 0);
  expect(paced.segments.map((s) => s.text.replace(/TS val \d+ ecr \d+/, ''))).toEqual(
    free.segments.map((s) => s.text.replace(/TS val \d+ ecr \d+/, '')),
  );
  expect(firstOf(paced)?.arrivedNs).toBe(firstOf(late)?.arrivedNs);
  expect(paced.requests[0]?.latencyNs).toBe((free.requests[0]?.latencyNs ?? 0) + 0.2e6);
});

it('lets a process go on with a call when that returned elsewhere', async () => {
  const free = await runScenario(scenario);
  const accepted = (run: RunResult) => callsOf(run, 'server').find((e) => e.call.startsWith('accept'));
  const late = {
    ...free,
    events: free.events.map((e) => (e === accepted(free) ? { ...e, atNs: e.atNs + 0.4e6 } : e)),
  };
  const paced = await runScenario(scenario, { pace: paceOf(late) });
  expect(accepted(paced)?.atNs).toBe(accepted(late)?.atNs ?? 0);
  expect(accepted(late)?.atNs).toBe((accepted(free)?.atNs ?? 0) + 0.4e6);
});
