import { describe, expect, it } from 'vitest';
import { Raw } from '../../test-kit/raw.ts';

const ports = (n: number): number[] => Array.from({ length: n }, (_, i) => 40001 + i);

describe('backlog matrix, one connection after the other (server sheet 4.4)', () => {
  for (const backlog of [0, 1, 2, 8, 128])
    for (const cookies of [0, 1, 2])
      for (const abort of [0, 1])
        it(`backlog ${backlog}, tcp_syncookies ${cookies}, tcp_abort_on_overflow ${abort}`, () => {
          const raw = new Raw({
            backlog,
            sysctls: { 'net.ipv4.tcp_syncookies': cookies, 'net.ipv4.tcp_abort_on_overflow': abort },
          });
          const answered = ports(backlog + 5).filter((port) => {
            const got = raw.syn(port);
            if (got.length > 0) raw.ack(port);
            return got.length > 0;
          });
          const n = backlog + 1;
          expect(answered).toEqual(ports(n));
          expect(raw.count('ESTAB')).toBe(n);
          expect(raw.queue()).toBe(`${n},${backlog}`);
          const each = { TcpPassiveOpens: n, TcpCurrEstab: n, TcpOutSegs: n, TCPPureAcks: n };
          const cookie = { TCPReqQFullDoCookies: backlog + 5, SyncookiesSent: n, SyncookiesRecv: n };
          expect(raw.moved()).toEqual({
            ...each,
            ListenOverflows: 4,
            ListenDrops: 4,
            ...(cookies === 2 ? cookie : {}),
          });
          expect(ports(n).map(() => typeof raw.accept())).toEqual(ports(n).map(() => 'number'));
          expect(raw.accept()).toBe('EAGAIN');
        });
});

describe('backlog matrix, all SYNs first (server sheet 4.4)', () => {
  const SYN_STAGE = [
    {
      cookies: 0,
      half: (n: number) => n + 1,
      answers: (n: number) => n + 1,
      counters: () => ({ TCPReqQFullDrop: 3, ListenDrops: 3 }),
    },
    {
      cookies: 1,
      half: (n: number) => n + 1,
      answers: (n: number) => n + 4,
      counters: () => ({ TCPReqQFullDoCookies: 3, SyncookiesSent: 3 }),
    },
    {
      cookies: 2,
      half: () => 0,
      answers: (n: number) => n + 4,
      counters: (n: number) => ({ TCPReqQFullDoCookies: n + 4, SyncookiesSent: n + 4 }),
    },
  ];
  for (const n of [0, 1, 2, 8])
    for (const row of SYN_STAGE)
      for (const abort of [0, 1])
        it(`backlog ${n}, tcp_syncookies ${row.cookies}, tcp_abort_on_overflow ${abort}`, () => {
          const sysctls = { 'net.ipv4.tcp_syncookies': row.cookies, 'net.ipv4.tcp_abort_on_overflow': abort };
          const raw = new Raw({ backlog: n, sysctls });
          const answered = ports(n + 4).filter((port) => raw.syn(port).length > 0);
          expect(answered.length).toBe(row.answers(n));
          expect(raw.count('SYN-RECV')).toBe(row.half(n));
          expect(raw.moved()).toEqual({ TcpOutSegs: row.answers(n), ...row.counters(n) });
          const replies = answered.flatMap((port) => raw.ack(port));
          expect(replies).toEqual([]);
          expect(raw.count('ESTAB')).toBe(n + 1);
          const opened = { TcpPassiveOpens: n + 1, TcpCurrEstab: n + 1, TCPPureAcks: n + 1 };
          const over = { ListenOverflows: 3, ListenDrops: 3 };
          const after = [
            opened,
            { ...opened, ...over, SyncookiesRecv: 3 },
            { ...opened, ...over, SyncookiesRecv: n + 4 },
          ];
          expect(raw.moved()).toEqual(after[row.cookies]);
        });
});

describe('order of checks at a listener (server sheet 4.1, 4.2)', () => {
  const TABLE: [text: string, replies: string[], counters: object][] = [
    ['. 5:5(0) ack 777 win 1000', ['R 777:777(0) win 0'], { TcpOutRsts: 1, TcpOutSegs: 1 }],
    ['S. 5:5(0) ack 777 win 1000', ['R 777:777(0) win 0'], { TcpOutRsts: 1, TcpOutSegs: 1 }],
    ['P. 5:9(4) ack 777 win 1000', ['R 777:777(0) win 0'], { TcpOutRsts: 1, TcpOutSegs: 1 }],
    ['R 5:5(0) win 0', [], {}],
    ['F 5:5(0) win 0', [], {}],
    ['- 5:5(0) win 0', [], {}],
    ['SF 5:5(0) win 0', [], {}],
  ];
  for (const [text, replies, counters] of TABLE)
    it(`listener: ${text}`, () => {
      const raw = new Raw();
      expect(raw.send(40001, text)).toEqual(replies);
      expect(raw.moved()).toEqual(counters);
    });

  const CLOSED: [text: string, replies: string[]][] = [
    ['S 7:7(0) win 0', ['R. 0:0(0) ack 8 win 0']],
    ['S 7:10(3) win 0', ['R. 0:0(0) ack 11 win 0']],
    ['SF 7:10(3) win 0', ['R. 0:0(0) ack 12 win 0']],
    ['. 7:7(0) ack 99 win 0', ['R 99:99(0) win 0']],
    ['P 7:10(3) win 0', ['R. 0:0(0) ack 10 win 0']],
    ['R 7:7(0) win 0', []],
    ['R. 7:7(0) ack 99 win 0', []],
  ];
  for (const [text, replies] of CLOSED)
    it(`closed port: ${text}`, () => {
      const raw = new Raw();
      expect(raw.send(40001, text, 81)).toEqual(replies);
      expect(raw.moved()).toEqual(replies.length === 0 ? {} : { TcpOutRsts: 1, TcpOutSegs: 1 });
    });

  it('a RST without a socket copies the TOS without its ECN bits', () => {
    const raw = new Raw();
    const seg = raw.segment(40001, 'S 7:7(0) win 0', 81);
    seg.tos = 0xbb;
    raw.kernel.deliver(seg);
    expect(raw.kernel.takeOutput()).toMatchObject([{ tos: 0xb8, ttl: 64, dontFragment: true, ipId: 0 }]);
  });

  it('both queues full: what is counted depends on tcp_syncookies', () => {
    for (const [cookies, expected] of [
      [0, { TCPReqQFullDrop: 1, ListenDrops: 1 }],
      [1, { TCPReqQFullDoCookies: 1, ListenOverflows: 1, ListenDrops: 1 }],
    ] as const) {
      const raw = new Raw({ backlog: 0, sysctls: { 'net.ipv4.tcp_syncookies': cookies } });
      raw.syn(1);
      raw.kernel.setSysctl('net.ipv4.tcp_syncookies', 1);
      raw.syn(2);
      raw.ack(2);
      raw.kernel.setSysctl('net.ipv4.tcp_syncookies', cookies);
      expect(raw.states()).toEqual(['ESTAB', 'SYN-RECV']);
      raw.moved();
      expect(raw.syn(3)).toEqual([]);
      expect(raw.moved()).toEqual(expected);
    }
  });

  it('cookies off: tcp_max_syn_backlog keeps a quarter for proven peers', () => {
    for (const [max, half] of [
      [16, 13],
      [128, 97],
      [2048, 1537],
    ] as const) {
      const sysctls = {
        'net.ipv4.tcp_syncookies': 0,
        'net.ipv4.tcp_max_syn_backlog': max,
        'net.core.somaxconn': 65535,
      };
      const raw = new Raw({ backlog: 65535, sysctls });
      for (const port of ports(half + 3)) raw.syn(port);
      expect(raw.count('SYN-RECV')).toBe(half);
      expect(raw.moved()).toEqual({ TcpOutSegs: half, ListenDrops: 3 });
      raw.kernel.net.provenPeers.add('192.0.2.2');
      expect(raw.syn(9).length).toBe(1);
    }
  });

  it('no way back to the peer: ListenDrops and IpOutNoRoutes', () => {
    const raw = new Raw();
    const seg = raw.segment(40001, 'S 7:7(0) win 0');
    seg.s3 = 0x08080808;
    raw.kernel.deliver(seg);
    expect(raw.moved()).toEqual({ ListenDrops: 1, IpOutNoRoutes: 1 });
  });

  it('listen() again takes effect for the next SYN and keeps what is queued', () => {
    const raw = new Raw({ backlog: 16 });
    for (const port of ports(4)) raw.connect(port);
    raw.kernel.listen(raw.task, raw.listener, 1);
    expect(raw.queue()).toBe('4,1');
    raw.moved();
    expect(raw.syn(50000)).toEqual([]);
    expect(raw.moved()).toEqual({ ListenOverflows: 1, ListenDrops: 1 });
    raw.kernel.listen(raw.task, raw.listener, 10);
    expect(raw.syn(50001).length).toBe(1);
  });
});

describe('SYN-ACK contents (server sheet 10)', () => {
  const TABLE: [offered: string, answered: RegExp][] = [
    ['', /win 64240 <mss 1460>$/],
    [
      '<mss 1460,sackOK,TS val 9 ecr 0,nop,wscale 7>',
      /win 65160 <mss 1460,sackOK,TS val \d+ ecr 9,nop,wscale 10>$/,
    ],
    ['<mss 1460,nop,nop,TS val 9 ecr 0>', /win 65160 <mss 1460,nop,nop,TS val \d+ ecr 9>$/],
    ['<mss 1460,nop,nop,sackOK>', /win 64240 <mss 1460,nop,nop,sackOK>$/],
    ['<mss 1460,nop,wscale 15>', /win 64240 <mss 1460,nop,wscale 10>$/],
  ];
  for (const [offered, answered] of TABLE)
    it(`offered ${offered || 'nothing'}`, () => {
      const raw = new Raw();
      expect(raw.send(40001, `S 1000:1000(0) win 65535 ${offered}`)).toEqual([
        expect.stringMatching(answered),
      ]);
    });

  it('the window scale of a kernel with 6 MB of receive memory is 7', () => {
    const raw = new Raw({ kernel: '6.1' });
    expect(raw.syn(40001, true)[0]).toMatch(/wscale 7>$/);
  });

  it('3.x opens with 20 segments', () => {
    expect(new Raw({ kernel: '3.10' }).syn(40001)[0]).toMatch(/win 29200 /);
    expect(new Raw({ kernel: '3.10' }).syn(40001, true)[0]).toMatch(/win 28960 /);
  });
});

describe('limits of older kernels (server sheet 4.3)', () => {
  it('4.4 to 6.12 hold backlog half-open connections, not one more', () => {
    const raw = new Raw({ backlog: 4, kernel: '5.15', sysctls: { 'net.ipv4.tcp_syncookies': 0 } });
    for (const port of ports(8)) raw.syn(port);
    expect(raw.count('SYN-RECV')).toBe(4);
  });

  it('backlog 0 with cookies off takes no connection on 5.15', () => {
    const raw = new Raw({ backlog: 0, kernel: '5.15', sysctls: { 'net.ipv4.tcp_syncookies': 0 } });
    expect(raw.syn(1)).toEqual([]);
    expect(raw.moved()).toEqual({ TCPReqQFullDrop: 1, ListenDrops: 1 });
  });

  for (const [backlog, table] of [
    [1, 16],
    [15, 16],
    [16, 32],
    [128, 256],
  ] as const)
    it(`3.10: a backlog of ${backlog} gives a table of ${table}`, () => {
      const raw = new Raw({
        backlog,
        kernel: '3.10',
        sysctls: { 'net.ipv4.tcp_syncookies': 0, 'net.ipv4.tcp_max_syn_backlog': 65536 },
      });
      for (const port of ports(table + 5)) raw.syn(port);
      expect(raw.count('SYN-RECV')).toBe(table);
    });

  it('to 4.9 a full accept queue still answers while at most one request is young', () => {
    const raw = new Raw({ backlog: 0, kernel: '3.10' });
    raw.connect(1);
    expect(raw.queue()).toBe('1,0');
    expect([2, 3, 4].map((port) => raw.syn(port).length)).toEqual([1, 1, 0]);
  });
});
