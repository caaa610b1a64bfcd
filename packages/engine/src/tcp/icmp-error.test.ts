import { describe, expect, it, test } from 'vitest';
import { Client } from '../../test-kit/client.ts';
import { PEER, Raw, SERVER } from '../../test-kit/raw.ts';
import { Kernel } from '../kernel.ts';
import type { IcmpMessage } from '../wire/packet.ts';
import { NO_DATA } from '../wire/segment.ts';
import { POLLERR } from './emit.ts';

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

/** A connection attempt to PEER:9 that ICMP 3/1 ended. */
function unreachable(kernel: string): { raw: Raw; fd: number } {
  const raw = new Raw({ kernel });
  const made = raw.kernel.socket(raw.task, 'AF_INET', 'SOCK_STREAM', true);
  const fd = made.ok ? made.value : -1;
  raw.kernel.connect(raw.task, fd, { family: 'AF_INET', address: PEER, port: 9 });
  const [syn] = raw.kernel.takeOutput();
  if (syn?.kind !== 'tcp') throw new Error('no SYN');
  icmp(raw, 3, 1, syn.seq, syn.sport, 9);
  return { raw, fd };
}

describe('the error queue (client sheet 1.2)', () => {
  const polled = ({ raw, fd }: { raw: Raw; fd: number }): boolean => {
    const mask = raw.kernel.poll(raw.task, fd);
    return mask.ok && (mask.value & POLLERR) !== 0;
  };

  it('keeps POLLERR after SO_ERROR was read, until the message is taken', () => {
    const failed = unreachable('6.18');
    const { raw, fd } = failed;
    expect(raw.kernel.getsockopt(raw.task, fd, 'SO_ERROR')).toEqual({ ok: true, value: 'EHOSTUNREACH' });
    expect(polled(failed)).toBe(true);
    expect(raw.kernel.recvError(raw.task, fd)).toEqual({
      ok: true,
      value: {
        errno: 'EHOSTUNREACH',
        type: 3,
        code: 1,
        info: 0,
        offender: PEER,
        destination: { family: 'AF_INET', address: PEER, port: 9 },
      },
    });
    expect(polled(failed)).toBe(false);
    expect(raw.kernel.recvError(raw.task, fd)).toEqual({ ok: false, errno: 'EAGAIN' });
  });

  it('takes the pending error along with its last message', () => {
    const { raw, fd } = unreachable('6.18');
    raw.kernel.recvError(raw.task, fd);
    expect(raw.kernel.getsockopt(raw.task, fd, 'SO_ERROR')).toEqual({ ok: true, value: null });
  });

  it('survives a snapshot', () => {
    const { raw, fd } = unreachable('6.18');
    const other = Kernel.restore(raw.kernel.snapshot());
    expect(other.recvError(raw.task, fd)).toEqual(raw.kernel.recvError(raw.task, fd));
  });

  it('stays empty before 5.8', () => {
    const failed = unreachable('5.4');
    failed.raw.kernel.getsockopt(failed.raw.task, failed.fd, 'SO_ERROR');
    expect(polled(failed)).toBe(false);
  });
});

describe('ICMP about data that was sent again (client sheet 1.4, RFC 6069)', () => {
  /** The next time at which the lone segment is sent, s, with an ICMP message after the second retransmission or without. */
  function next(code: number | null, seqBy = 0): number[] {
    const client = new Client().establish();
    client.send(5);
    client.until(1);
    if (code !== null) client.icmp(3, code, 1 + seqBy);
    return client.until(4).map(([at]) => Math.round(at * 10) / 10);
  }

  it('3/0 and 3/1 take one doubling back, others none', () => {
    const usual = next(null);
    expect(next(2)).toEqual(usual);
    expect(next(0)[0]).toBeLessThan(usual[0]!);
    expect(next(1)).toEqual(next(0));
  });

  it('only when it quotes the oldest segment that is not acknowledged', () => {
    expect(next(1, 5)).toEqual(next(null));
  });
});

test('after ICMP 3/4 the SYN offers what fits the path (client sheet 1.4)', () => {
  const client = new Client();
  client.connect();
  client.icmp(3, 4, 0, 1200);
  expect(client.until(1.5).map(([, line]) => /mss \d+/.exec(line)?.[0])).toEqual(['mss 1160']);
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
