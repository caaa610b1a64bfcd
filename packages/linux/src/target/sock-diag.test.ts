import { expect, it } from 'vitest';
import { queueRows } from './observer.ts';
import { diagRequest, parseDiag } from './sock-diag.ts';

const bytesOf = (hex: string): Uint8Array => Uint8Array.from(Buffer.from(hex.replace(/\s/g, ''), 'hex'));

/** One netlink message of sock_diag: family, state, timer, retransmits, ports, queues, and the drops of SKMEMINFO. */
function message(fields: {
  state: number;
  sport: number;
  dport: number;
  rqueue: number;
  wqueue: number;
  drops: number;
}): string {
  const body = new Uint8Array(72 + 4 + 36);
  const view = new DataView(body.buffer);
  body.set([2, fields.state, fields.state === 3 ? 1 : 0, 2]);
  view.setUint16(4, fields.sport);
  view.setUint16(6, fields.dport);
  view.setUint32(8, 0x0a000002);
  view.setUint32(52, 1544, true);
  view.setUint32(56, fields.rqueue, true);
  view.setUint32(60, fields.wqueue, true);
  view.setUint32(68, 4711, true);
  view.setUint16(72, 40, true);
  view.setUint16(74, 7, true);
  view.setUint32(76 + 32, fields.drops, true);
  const header = new Uint8Array(16);
  new DataView(header.buffer).setUint32(0, 16 + body.length, true);
  header[4] = 20;
  return Buffer.from([...header, ...body]).toString('hex');
}

const DONE = '14000000 03000000 01000000 00000000 00000000';

it('a request asks for one family, TCP, memory info, and a set of states', () => {
  expect(
    Buffer.from(diagRequest(2, 1 << 10))
      .toString('hex')
      .slice(0, 48),
  ).toBe('48000000140001030100000000000000020640000004000000'.slice(0, 48));
});

it('reads a listener with its queue, backlog and drops, and a half-open request with its timer', () => {
  const listener = message({ state: 10, sport: 80, dport: 0, rqueue: 3, wqueue: 4, drops: 8 });
  const request = message({ state: 3, sport: 80, dport: 40000, rqueue: 0, wqueue: 0, drops: 0 });
  const sockets: Parameters<typeof parseDiag>[1] = [];
  expect(parseDiag(bytesOf(listener + request), sockets)).toBe(false);
  expect(parseDiag(bytesOf(DONE), sockets)).toBe(true);
  expect(sockets).toMatchObject([
    {
      state: 'LISTEN',
      local: '10.0.0.2:80',
      peer: '0.0.0.0:*',
      recvQ: 3,
      sendQ: 4,
      timer: null,
      drops: 8,
      inode: 4711,
    },
    { state: 'SYN-RECV', peer: '0.0.0.0:40000', timer: { kind: 'on', leftNs: 1.544e9, retransmits: 2 } },
  ]);
  expect(queueRows(sockets)).toEqual([
    { local: '10.0.0.2:80', waiting: 3, backlog: 4, halfOpen: 1, drops: 8 },
  ]);
});

it('an answer that is cut short gives what is whole', () => {
  const sockets: Parameters<typeof parseDiag>[1] = [];
  expect(
    parseDiag(
      bytesOf(message({ state: 1, sport: 1, dport: 2, rqueue: 0, wqueue: 0, drops: 0 })).subarray(0, 12),
      sockets,
    ),
  ).toBe(false);
  expect(sockets).toEqual([]);
});
