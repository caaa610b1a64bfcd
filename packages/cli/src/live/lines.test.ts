import type { LiveEvent } from '@halfopen/linux';
import { describe, expect, it } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { PLAIN } from '../render/paint.ts';
import { type Detail, eventLines } from './lines.ts';
import { LIVE_CATALOGUES } from './messages.ts';

const ends = { local: '10.80.0.2:80', remote: '10.80.0.1:40000' };
const EVENTS: LiveEvent[] = [
  {
    atNs: 0,
    event: 'started',
    device: 'halfopen0',
    mtu: 1500,
    kernel: '6.18',
    seed: 7,
    addresses: [{ engine: '10.80.0.2', host: '10.80.0.1', prefix: 24 }],
  },
  { atNs: 1000, event: 'listening', program: 'http', port: 80, backlog: 1 },
  {
    atNs: 1.5e9,
    event: 'segment',
    direction: 'in',
    ...ends,
    text: 'S 0:0(0) win 64240 <mss 1460>',
    length: 0,
    retransmission: false,
  },
  { atNs: 1.5e9, event: 'request', action: 'added', why: 'SYN', ...ends, requestQueue: 1, young: 1 },
  {
    atNs: 1.5002e9,
    event: 'request',
    action: 'removed',
    why: 'completed',
    ...ends,
    requestQueue: 0,
    young: 0,
  },
  { atNs: 1.5002e9, event: 'accept-queue', action: 'added', ...ends, acceptQueue: 1, backlog: 1 },
  { atNs: 1.5003e9, event: 'accept-queue', action: 'taken', ...ends, acceptQueue: 0, backlog: 1 },
  { atNs: 1.51e9, event: 'http', remote: ends.remote, method: 'GET', target: '/', status: 200, length: 9 },
  {
    atNs: 2e9,
    event: 'drop',
    by: 'kernel',
    reason: 'accept-queue-full',
    ...ends,
    text: 'S 0:0(0) win 64240',
    counters: { TcpInSegs: 1, TcpExtListenOverflows: 1 },
  },
  {
    atNs: 2.1e9,
    event: 'drop',
    by: 'wire',
    reason: 'drop-syn',
    ...ends,
    text: 'S 0:0(0) win 64240',
    counters: {},
  },
  {
    atNs: 3e9,
    event: 'segment',
    direction: 'out',
    ...ends,
    text: 'S. 0:0(0) ack 1 win 65160',
    length: 0,
    retransmission: true,
  },
  {
    atNs: 4e9,
    event: 'ended',
    packetsIn: 3,
    packetsOut: 4,
    writeErrors: { EIO: 2 },
    counters: { TcpExtListenOverflows: 1 },
  },
];

const lines = (detail: Detail, lang: 'en' | 'zh' = 'en'): string[] =>
  EVENTS.flatMap((e) =>
    eventLines(e, { m: CATALOGUES[lang], live: LIVE_CATALOGUES[lang], paint: PLAIN, detail, ladder: false }),
  );

describe('the log of a live run', () => {
  it('shows connections, queues and drops', () => {
    expect(lines('connections')).toEqual([
      'halfopen0: the engine is 10.80.0.2/24, this host is 10.80.0.1',
      'Linux 6.18, seed 7, MTU 1500',
      'http on port 80, backlog 1: the accept queue holds 2',
      '    1.500000  10.80.0.1:40000         SYN-RECV  half-open 1',
      '    1.500200  10.80.0.1:40000         ESTAB     accept queue 1/1',
      '    1.500300  10.80.0.1:40000         accepted  accept queue 0/1',
      '    1.510000  10.80.0.1:40000         GET / 200 9',
      '    2.000000  10.80.0.1:40000         DROPPED S 0:0(0) win 64240: accept queue full TcpExtListenOverflows +1',
      '    2.100000  10.80.0.1:40000         LOST S 0:0(0) win 64240: by --drop-syn',
      '    3.000000  10.80.0.1:40000         -> S. 0:0(0) ack 1 win 65160  resent',
      'TcpExtListenOverflows           1         accept queue was full',
      'the kernel refused 2 packets: EIO',
      'device removed; 3 packets in, 4 out',
    ]);
  });

  it('shows every segment on demand', () => {
    expect(lines('packets')).toContain(
      '    1.500000  10.80.0.1:40000         <- S 0:0(0) win 64240 <mss 1460>',
    );
  });

  it('keeps to start and end when it is to be quiet', () => {
    expect(lines('ends').filter((line) => line.startsWith('    '))).toEqual([]);
  });

  it('says it in Chinese', () => {
    expect(lines('connections', 'zh')[2]).toBe('http 监听 80 端口，backlog 1：全连接队列可容 2 个');
  });
});
