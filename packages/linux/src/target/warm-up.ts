// Code that runs for the first time takes milliseconds, so both sides of a run are exercised before time 0: the wire with
// packets that go nowhere, a child with calls in a namespace that nobody uses.

import { encodePacket, parseAddr, parseSegment, setDestination, setSource } from '@halfopen/engine';
import type { Call, Scenario } from '@halfopen/simnet';
import type { Calls } from './calls.ts';
import { FdTable } from './fd-table.ts';
import { Forwarder } from './forwarder.ts';
import type { HostNamespace } from './namespace.ts';
import { invoke, type Teller } from './process-run.ts';
import type { RealProcess } from './real-calls.ts';

/** Often enough for the compiler to have taken notice. */
const WIRE_ROUNDS = 150;
const CALL_ROUNDS = 30;
const CLONE_NEWNET = 0x40000000;

function packetBetween(from: string, to: string, text: string): Uint8Array {
  const parsed = parseSegment(text);
  const [source, destination] = [parseAddr(from), parseAddr(to)];
  if (!parsed.ok || source === null || destination === null) throw new Error(`no packet: ${text}`);
  setSource(parsed.segment, source);
  setDestination(parsed.segment, destination);
  return encodePacket(parsed.segment);
}

/** Sends packets between hosts whose devices swallow everything. The counters are read as in a run. */
export function warmWire(scenario: Scenario, hosts: readonly HostNamespace[]): void {
  const [first, second] = scenario.hosts.map((h) => h.addresses[0]?.address);
  if (first === undefined || second === undefined || first.includes(':') !== second.includes(':')) return;
  const tun = { write: () => true } as unknown as HostNamespace['tun'];
  let nowNs = 0;
  const wire = new Forwarder(
    { ...scenario, faults: [], inject: [], changes: [], signals: [] },
    hosts.map((h) => ({ ...h, tun })),
    {
      now: () => nowNs,
      wakeAt: () => {},
      drain: () => {},
      log: () => {},
      change: () => {},
      signal: () => {},
    },
  );
  const packets = [
    'S 0:0(0) win 1000 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 7>',
    '. 1:1(0) ack 1 win 9',
    'P. 1:101(100) ack 1 win 9',
  ];
  for (let round = 0; round < WIRE_ROUNDS; round++) {
    for (const text of packets) {
      const bytes = packetBetween(first, second, text);
      wire.take(0, bytes, bytes.length);
    }
    nowNs += 100e9;
    wire.work();
  }
}

/** Calls of every kind, in a namespace of their own: most fail at once, and none leaves a trace in a host of the run. */
function rounds(): Call[] {
  const at = { host: '127.0.0.1', port: 80 };
  return [
    { name: 'socket', family: 'AF_INET', nonblock: true },
    { name: 'setsockopt', fd: 3, option: 'SO_REUSEADDR', value: 1 },
    { name: 'bind', fd: 3, at },
    { name: 'listen', fd: 3, backlog: 1 },
    { name: 'accept', fd: 3, nonblock: false },
    { name: 'poll', requests: [{ fd: 3, events: 1 }], timeoutNs: 0 },
    { name: 'socket', family: 'AF_INET', nonblock: false },
    { name: 'connect', fd: 4, to: { host: '192.0.2.1', port: 9 } },
    { name: 'send', fd: 4, data: new Uint8Array(100), flags: {} },
    { name: 'recv', fd: 4, length: 100, flags: {} },
    { name: 'shutdown', fd: 4, how: 'SHUT_WR' },
    { name: 'sleep', ns: 1000 },
    { name: 'close', fd: 4 },
    { name: 'close', fd: 3 },
  ];
}

/** Leaves the calling thread in a fresh namespace: the caller enters its own afterwards. */
export async function warmCalls(
  calls: Calls,
  write: (line: string) => void,
  now: () => number,
): Promise<void> {
  if (calls.unshare(CLONE_NEWNET) !== 0) return;
  const process: RealProcess = {
    calls,
    table: new FdTable(),
    connectCpuNs: null,
    resolve: () => '192.0.2.1',
    pidOf: () => null,
  };
  const teller: Teller = { p: 0, process, now, tell: (message) => write(`${JSON.stringify(message)}\n`) };
  for (let round = 0; round < CALL_ROUNDS; round++) {
    for (const call of rounds()) await invoke(teller, call).catch(() => {});
  }
}
