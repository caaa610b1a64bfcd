import { describe, expect, it } from 'vitest';
import { PEER, Raw, SERVER } from '../../test-kit/raw.ts';
import type { IcmpMessage } from '../wire/packet.ts';
import { NO_DATA } from '../wire/segment.ts';

function icmp(raw: Raw, type: number, code: number, seq: number, sport = 80, dport = 1): void {
  const message: IcmpMessage = {
    kind: 'icmp',
    source: PEER,
    destination: SERVER,
    ttl: 64,
    type,
    code,
    info: 0,
    quoted: { source: SERVER, destination: PEER, sport, dport, seq },
    body: NO_DATA,
  };
  raw.kernel.deliver(message);
}

describe('ICMP quoting a SYN-ACK (server sheet 8.1)', () => {
  const CASES: [type: number, code: number, left: number][] = [
    [3, 0, 0],
    [3, 1, 0],
    [11, 0, 0],
    [11, 1, 1],
    [12, 0, 0],
    [3, 2, 1],
    [3, 3, 1],
    [3, 4, 1],
    [3, 5, 1],
    [3, 13, 1],
    [4, 0, 1],
    [5, 0, 1],
  ];
  for (const [type, code, left] of CASES)
    it(`${type}/${code} ${left === 0 ? 'removes the request' : 'is ignored'}`, () => {
      const raw = new Raw();
      raw.syn(1);
      raw.moved();
      icmp(raw, type, code, raw.iss.get(1)!);
      expect(raw.count('SYN-RECV')).toBe(left);
      expect(raw.moved().ListenDrops ?? 0).toBe(1 - left);
    });

  it('the quoted sequence number must be the ISN', () => {
    const raw = new Raw();
    raw.syn(1);
    raw.moved();
    icmp(raw, 3, 1, raw.iss.get(1)! + 1);
    expect(raw.count('SYN-RECV')).toBe(1);
    expect(raw.moved()).toMatchObject({ OutOfWindowIcmps: 1 });
  });

  it('3.10 drops the request on any code but 3/4', () => {
    const raw = new Raw({ kernel: '3.10' });
    raw.syn(1);
    icmp(raw, 3, 13, raw.iss.get(1)!);
    expect(raw.count('SYN-RECV')).toBe(0);
  });

  it('quoting a connection nobody has: IcmpInErrors', () => {
    const raw = new Raw();
    icmp(raw, 3, 1, 5, 80, 999);
    expect(raw.moved()).toMatchObject({ IcmpInErrors: 1 });
  });
});

describe('ICMP quoting our SYN (client sheet 1.4)', () => {
  const CASES: [type: number, code: number, errno: string | null][] = [
    [3, 0, 'ENETUNREACH'],
    [3, 6, 'ENETUNREACH'],
    [3, 9, 'ENETUNREACH'],
    [3, 11, 'ENETUNREACH'],
    [3, 1, 'EHOSTUNREACH'],
    [3, 10, 'EHOSTUNREACH'],
    [3, 12, 'EHOSTUNREACH'],
    [3, 13, 'EHOSTUNREACH'],
    [3, 14, 'EHOSTUNREACH'],
    [3, 15, 'EHOSTUNREACH'],
    [3, 2, 'ENOPROTOOPT'],
    [3, 3, 'ECONNREFUSED'],
    [3, 5, 'EOPNOTSUPP'],
    [3, 7, 'EHOSTDOWN'],
    [3, 8, 'ENONET'],
    [11, 0, 'EHOSTUNREACH'],
    [12, 0, 'EPROTO'],
    [3, 4, null],
    [3, 16, null],
    [4, 0, null],
    [11, 1, null],
  ];
  for (const [type, code, errno] of CASES)
    it(`${type}/${code}: ${errno ?? 'ignored'}`, () => {
      const raw = new Raw();
      const made = raw.kernel.socket(raw.task, 'AF_INET', 'SOCK_STREAM', true);
      const fd = made.ok ? made.value : -1;
      raw.kernel.connect(raw.task, fd, { family: 'AF_INET', address: PEER, port: 9 });
      const [syn] = raw.kernel.takeOutput();
      if (syn?.kind !== 'tcp') throw new Error('no SYN');
      icmp(raw, type, code, syn.seq, syn.sport, 9);
      expect(raw.kernel.connect(raw.task, fd, { family: 'AF_INET', address: PEER, port: 9 })).toEqual({
        ok: false,
        errno: errno ?? 'EALREADY',
      });
      expect(raw.moved().TcpAttemptFails ?? 0).toBe(errno === null ? 0 : 1);
    });

  it('seq ISN + 1 is in the window, ISN - 1 and ISN + 2 are not', () => {
    for (const [by, state] of [
      [0, 'gone'],
      [1, 'gone'],
      [-1, 'SYN-SENT'],
      [2, 'SYN-SENT'],
    ] as const) {
      const raw = new Raw();
      const made = raw.kernel.socket(raw.task, 'AF_INET', 'SOCK_STREAM', true);
      raw.kernel.connect(raw.task, made.ok ? made.value : -1, { family: 'AF_INET', address: PEER, port: 9 });
      const [syn] = raw.kernel.takeOutput();
      if (syn?.kind !== 'tcp') throw new Error('no SYN');
      icmp(raw, 3, 1, syn.seq + by, syn.sport, 9);
      expect([by, raw.states()[0] ?? 'gone']).toEqual([by, state]);
    }
  });
});
