import type { ConnectRecord, RunResult, SegmentRecord } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { chooseConnections, connectionsOf } from './connections.ts';

const SERVER = '10.0.0.2:80';

const segment = (id: number, port: number, change: Partial<SegmentRecord> = {}): SegmentRecord => ({
  id,
  from: 'client',
  to: 'server',
  sentNs: id,
  arrivedNs: id + 1,
  source: `10.0.0.1:${port}`,
  destination: SERVER,
  flags: 'S',
  seq: 0,
  ack: null,
  window: 0,
  length: 0,
  text: '',
  retransmission: false,
  fate: 'delivered',
  injected: false,
  why: null,
  counters: {},
  ...change,
});

const connect = (startNs: number, port: number, change: Partial<ConnectRecord> = {}): ConnectRecord => ({
  host: 'client',
  process: `client-${port}`,
  local: `10.0.0.1:${port}`,
  remote: SERVER,
  startNs,
  latencyNs: 5,
  errno: null,
  synsNs: [0],
  probes: null,
  cpuNs: null,
  ...change,
});

const result = (segments: SegmentRecord[], connects: ConnectRecord[]): RunResult => ({
  schemaVersion: 1,
  scenario: 'x',
  title: '',
  seed: 1,
  kernel: '6.18',
  timers: 'exact',
  endedNs: 1000,
  expectations: [],
  hosts: {},
  segments,
  connects,
  requests: [],
  workloads: [],
  events: [],
});

test('both directions of a pair of endpoints are one connection', () => {
  const answer = segment(2, 1, { source: SERVER, destination: '10.0.0.1:1', from: 'server', to: 'client' });
  const [only, ...rest] = connectionsOf(result([segment(1, 1), answer], [connect(1, 1)]));
  expect(rest).toEqual([]);
  expect(only).toMatchObject({ near: '10.0.0.1:1', far: SERVER, nearHost: 'client', latencyNs: 5 });
  expect(only?.segments).toHaveLength(2);
});

test('a port that is used again is another connection', () => {
  const all = connectionsOf(result([segment(1, 1), segment(500, 1)], [connect(1, 1), connect(500, 1)]));
  expect(all.map((c) => [c.segments.length, c.fromNs, c.untilNs])).toEqual([
    [1, 0, 500],
    [1, 500, Number.POSITIVE_INFINITY],
  ]);
});

test('two connects that meet half way are one connection', () => {
  const back = segment(2, 1, { source: SERVER, destination: '10.0.0.1:1', from: 'server', to: 'client' });
  const other = connect(1, 1, { host: 'server', local: SERVER, remote: '10.0.0.1:1' });
  expect(connectionsOf(result([segment(1, 1), back], [connect(1, 1), other]))).toHaveLength(1);
});

test('of many, the failed and the slowest are drawn, with a smooth one beside them', () => {
  const segments = [1, 2, 3, 4, 5].map((port) => segment(port, port));
  const dropped = segment(9, 4, { fate: 'dropped', why: 'accept queue full' });
  const connects = [
    connect(1, 1),
    connect(2, 2),
    connect(4, 4, { latencyNs: 900 }),
    connect(5, 5, { errno: 'ETIMEDOUT' }),
  ];
  const all = connectionsOf(result([...segments, dropped], connects));
  expect(chooseConnections(all, 3).map((c) => c.near)).toEqual(['10.0.0.1:1', '10.0.0.1:4', '10.0.0.1:5']);
  expect(chooseConnections(all, 2).map((c) => c.near)).toEqual(['10.0.0.1:1', '10.0.0.1:5']);
});

test('connections that the scenario names are drawn instead', () => {
  const all = connectionsOf(
    result(
      [1, 2, 3, 4].map((port) => segment(port, port)),
      [],
    ),
  );
  expect(chooseConnections(all, 2, [2, 4]).map((c) => c.near)).toEqual(['10.0.0.1:2', '10.0.0.1:4']);
});
