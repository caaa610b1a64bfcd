import { describe, expect, it } from 'vitest';
import { Raw } from '../../test-kit/raw.ts';

type Row = [
  probe: string,
  replies: (string | RegExp)[],
  states: string[],
  counters: { [name: string]: number },
];

const SYN_ACK = /^S\. 0:0\(0\) ack 1001 /;
const ACK = /^\. 1:1\(0\) ack 1001 /;
const RST = (seq: number): RegExp => new RegExp(`^R ${seq}:${seq}\\(0\\) win 0$`);
const KILLED = { TcpAttemptFails: 1, EmbryonicRsts: 1 };
const OPEN = { TcpPassiveOpens: 1, TcpCurrEstab: 1 };
const STAY = ['SYN-RECV'];
const RESENT = { TcpOutSegs: 1, TcpRetransSegs: 1, TCPSynRetrans: 1 };

// Server sheet 8.1. IRS is 1000, the window of our SYN-ACK 64240 or 65160.
const ROWS: Row[] = [
  ['S 1000:1000(0) win 65535 <mss 1460>', [SYN_ACK], STAY, RESENT],
  ['S 1000:1005(5) win 65535 <mss 1460>', [SYN_ACK], STAY, RESENT],
  ['SF 1000:1000(0) win 65535 <mss 1460>', [SYN_ACK], STAY, RESENT],
  [
    'S 1001:1001(0) win 65535',
    [/^R\. \d+:\d+\(0\) ack 1002 win 0$/],
    [],
    { ...KILLED, TcpOutRsts: 1, TcpOutSegs: 1 },
  ],
  [
    'S 1500:1500(0) win 65535',
    [/^R\. \d+:\d+\(0\) ack 1501 win 0$/],
    [],
    { ...KILLED, TcpOutRsts: 1, TcpOutSegs: 1 },
  ],
  ['S 900:900(0) win 65535', [ACK], STAY, { TcpOutSegs: 1 }],
  ['S 90000:90000(0) win 65535', [ACK], STAY, { TcpOutSegs: 1 }],
  ['R 1001:1001(0) win 0', [], [], KILLED],
  ['R. 1001:1001(0) ack 1 win 0', [], [], KILLED],
  ['R. 1001:1001(0) ack 99 win 0', [], [], KILLED],
  ['R 1100:1100(0) win 0', [ACK], STAY, { TcpOutSegs: 1, TCPChallengeACK: 1 }],
  ['R 1000:1000(0) win 0', [], STAY, {}],
  ['R 90000:90000(0) win 0', [], STAY, {}],
  ['. 1001:1001(0) ack 77 win 65535', [RST(77)], STAY, { TcpOutRsts: 1, TcpOutSegs: 1 }],
  ['. 1000:1000(0) ack 1 win 65535', [ACK], STAY, { TcpOutSegs: 1 }],
  ['. 90000:90000(0) ack 1 win 65535', [ACK], STAY, { TcpOutSegs: 1 }],
  ['. 1001:1001(0) ack 1 win 65535', [], ['ESTAB'], { ...OPEN, TCPPureAcks: 1 }],
  ['. 1101:1101(0) ack 1 win 65535', [], ['ESTAB'], { ...OPEN, TCPPureAcks: 1 }],
  ['P. 1001:1006(5) ack 1 win 65535', [/^\. 1:1\(0\) ack 1006 /], ['ESTAB'], { ...OPEN, TcpOutSegs: 1 }],
  [
    'P. 1101:1106(5) ack 1 win 65535',
    [/^\. 1:1\(0\) ack 1001 /],
    ['ESTAB'],
    { ...OPEN, TcpOutSegs: 1, TCPOFOQueue: 1 },
  ],
  ['F 1001:1001(0) win 65535', [], STAY, {}],
  ['P 1001:1006(5) win 65535', [], STAY, {}],
  ['- 1001:1001(0) win 65535', [], STAY, {}],
  ['S. 1000:1000(0) ack 1 win 65535', [ACK], STAY, { TcpOutSegs: 1 }],
  ['S. 1001:1001(0) ack 1 win 65535', [RST(1)], [], { ...KILLED, TcpOutRsts: 1, TcpOutSegs: 1 }],
  ['S. 1000:1000(0) ack 77 win 65535', [RST(77)], STAY, { TcpOutRsts: 1, TcpOutSegs: 1 }],
];

/** A reset answering an ACK carries the peer's absolute ACK number; the harness prints it relative to our ISN. */
function probe(raw: Raw, text: string): string[] {
  return raw.send(1, text);
}

describe('one segment to a half-open connection (server sheet 8.1)', () => {
  for (const [text, replies, states, counters] of ROWS)
    it(text, () => {
      const raw = new Raw();
      raw.syn(1);
      raw.moved();
      expect(probe(raw, text)).toEqual(replies.map((r) => expect.stringMatching(r)));
      expect(raw.states()).toEqual(states);
      expect(raw.moved()).toEqual(counters);
    });

  it('FIN with the third ACK: CLOSE-WAIT', () => {
    const raw = new Raw();
    raw.syn(1);
    raw.moved();
    expect(probe(raw, 'F. 1001:1001(0) ack 1 win 65535')).toEqual([]);
    expect(raw.states()).toEqual(['CLOSE-WAIT']);
    expect(raw.until(0.2).map(([, text]) => text)).toEqual([expect.stringMatching(/^\. 1:1\(0\) ack 1002 /)]);
    expect(raw.moved()).toMatchObject({ DelayedACKs: 1, TcpPassiveOpens: 1 });
  });

  it('a second out-of-window ACK within 500 ms is not answered', () => {
    const raw = new Raw();
    raw.syn(1);
    probe(raw, '. 1000:1000(0) ack 1 win 65535');
    raw.moved();
    expect(probe(raw, '. 1000:1000(0) ack 1 win 65535')).toEqual([]);
    expect(raw.moved()).toEqual({ TCPACKSkippedSynRecv: 1 });
    raw.until(0.6);
    expect(probe(raw, '. 1000:1000(0) ack 1 win 65535').length).toBe(1);
  });

  it('a bad ACK is answered every time', () => {
    const raw = new Raw();
    raw.syn(1);
    for (let i = 0; i < 3; i++) expect(probe(raw, '. 1001:1001(0) ack 77 win 65535').length).toBe(1);
  });
});

describe('timestamps of a half-open connection (server sheet 8.1)', () => {
  /** TSval of the SYN-ACK, so that TSecr can be right. */
  function opened(): { raw: Raw; tsval: number } {
    const raw = new Raw();
    const [reply] = raw.syn(1, true);
    raw.moved();
    return { raw, tsval: Number(/TS val (\d+)/.exec(reply ?? '')?.[1]) };
  }
  const CASES: [string, (tsval: number) => string, number, string[], { [name: string]: number }][] = [
    [
      'duplicate SYN, older TSval',
      () => 'S 1000:1000(0) win 9 <mss 1460,nop,nop,TS val 99 ecr 0>',
      1,
      STAY,
      { TcpOutSegs: 1, PAWSEstab: 1 },
    ],
    [
      'ACK, older TSval',
      (t) => `. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 99 ecr ${t}>`,
      1,
      STAY,
      { TcpOutSegs: 1, PAWSEstab: 1 },
    ],
    [
      'RST, older TSval',
      (t) => `R 1001:1001(0) win 9 <nop,nop,TS val 99 ecr ${t}>`,
      0,
      STAY,
      { PAWSEstab: 1 },
    ],
    [
      'ACK, TSecr one too high',
      (t) => `. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr ${(t + 1) >>> 0}>`,
      1,
      STAY,
      { TcpOutSegs: 1, TSEcrRejected: 1 },
    ],
    [
      'ACK, TSecr one too low',
      (t) => `. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr ${(t - 1) >>> 0}>`,
      1,
      STAY,
      { TcpOutSegs: 1, TSEcrRejected: 1 },
    ],
    [
      'RST, bad TSecr',
      (t) => `R 1001:1001(0) win 9 <nop,nop,TS val 100 ecr ${(t + 1) >>> 0}>`,
      0,
      STAY,
      { TSEcrRejected: 1 },
    ],
    [
      'ACK, TSecr 0',
      () => '. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr 0>',
      0,
      ['ESTAB'],
      { ...OPEN, TCPPureAcks: 1 },
    ],
    ['ACK without timestamps', () => '. 1001:1001(0) ack 1 win 9', 0, ['ESTAB'], { ...OPEN, TCPPureAcks: 1 }],
    [
      'right ACK',
      (t) => `. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 101 ecr ${t}>`,
      0,
      ['ESTAB'],
      { ...OPEN, TCPPureAcks: 1 },
    ],
  ];
  for (const [name, text, replies, states, counters] of CASES)
    it(name, () => {
      const { raw, tsval } = opened();
      expect(raw.send(1, text(tsval)).length).toBe(replies);
      expect(raw.states()).toEqual(states);
      expect(raw.moved()).toEqual(counters);
    });

  it('a duplicate SYN with a newer TSval is answered with the first TSval', () => {
    const { raw } = opened();
    expect(raw.send(1, 'S 1000:1000(0) win 9 <mss 1460,nop,nop,TS val 200 ecr 0>')).toEqual([
      expect.stringMatching(/ecr 100/),
    ]);
  });

  it('6.12 does not look at TSecr', () => {
    const raw = new Raw({ kernel: '6.12' });
    raw.syn(1, true);
    raw.send(1, '. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr 1>');
    expect(raw.states()).toEqual(['ESTAB']);
  });
});

describe('the accept queue fills between SYN and ACK (server sheet 6)', () => {
  function full(abort: number): Raw {
    const raw = new Raw({ backlog: 1, sysctls: { 'net.ipv4.tcp_abort_on_overflow': abort } });
    raw.syn(1);
    raw.syn(2);
    raw.ack(1);
    raw.syn(3);
    raw.ack(2);
    expect(raw.queue()).toBe('2,1');
    expect(raw.states()).toEqual(['ESTAB', 'ESTAB', 'SYN-RECV']);
    raw.moved();
    return raw;
  }

  it('abort 0: the ACK is forgotten, SYN-ACKs go on, the request expires, late data is reset', () => {
    const raw = full(0);
    expect(raw.ack(3)).toEqual([]);
    expect(raw.moved()).toEqual({ ListenOverflows: 1, ListenDrops: 1 });
    expect(
      raw
        .until(64)
        .filter(([, , port]) => port === 3)
        .map(([at]) => at),
    ).toEqual([1, 3, 7, 15, 31]);
    expect(raw.count('SYN-RECV')).toBe(0);
    raw.moved();
    expect(raw.data(3)).toEqual([expect.stringMatching(/^R 1:1/)]);
    expect(raw.moved()).toEqual({ TcpOutRsts: 1, TcpOutSegs: 1 });
  });

  it('abort 0: data is forgotten too', () => {
    const raw = full(0);
    expect(raw.data(3)).toEqual([]);
    expect(raw.moved()).toEqual({ ListenOverflows: 1, ListenDrops: 1 });
  });

  it('abort 0: after accept() the next ACK opens the connection', () => {
    const raw = full(0);
    raw.ack(3);
    raw.until(6);
    expect(typeof raw.accept()).toBe('number');
    raw.moved();
    raw.ack(3);
    expect(raw.count('ESTAB')).toBe(3);
    expect(raw.moved()).toEqual({ ...OPEN, TCPPureAcks: 1 });
  });

  it('abort 1: RST, and the request is gone', () => {
    const raw = full(1);
    expect(raw.ack(3)).toEqual([expect.stringMatching(/^R 1:1\(0\) win 0$/)]);
    expect(raw.moved()).toEqual({
      ListenOverflows: 1,
      ListenDrops: 1,
      EmbryonicRsts: 1,
      TcpOutRsts: 1,
      TcpOutSegs: 1,
    });
    expect(raw.count('SYN-RECV')).toBe(0);
  });

  it('the queue is in the order of completion', () => {
    const raw = new Raw();
    for (const port of [1, 2, 3]) raw.syn(port);
    for (const port of [3, 1, 2]) raw.ack(port);
    const peers = [0, 0, 0].map(() => {
      const got = raw.kernel.accept(raw.task, raw.listener, true);
      return got.ok ? got.value.peer.port : 0;
    });
    expect(peers).toEqual([3, 1, 2]);
  });
});
