// Section 8.1: one segment, or an ICMP error, to a half-open connection. IRS is 1000.

import { type Counters, moved, type OracleCase, type RawTarget, stateOf, syn, untimed } from '../case.ts';

const PLAIN = 'S. 0:0(0) ack 1001 win 64240 <mss 1460>';
const ACK = '. 1:1(0) ack 1001 win 64240';
const RST = { TcpOutSegs: 1, TcpOutRsts: 1 };
const KILLED = { TcpAttemptFails: 1, EmbryonicRsts: 1 };
const OPEN = { TcpPassiveOpens: 1, TcpCurrEstab: 1 };
const RESENT = { TcpOutSegs: 1, TcpRetransSegs: 1, TCPSynRetrans: 1 };
const ONE = { TcpOutSegs: 1 };

type Row = readonly [probe: string, reply: string | null, state: string, counters: Counters];

const STAY = 'SYN-RECV';

/** `<...>` in a probe of the timestamp table becomes a right timestamp. */
const BOTH: readonly Row[] = [
  ['S 1000:1000(0) win 65535 <mss 1460>', PLAIN, STAY, RESENT],
  ['S 1000:1005(5) win 65535 <mss 1460>', PLAIN, STAY, RESENT],
  ['SF 1000:1000(0) win 65535 <mss 1460>', PLAIN, STAY, RESENT],
  ['S 1001:1001(0) win 65535', 'R. 0:0(0) ack 1002 win 0', 'gone', { ...KILLED, ...RST }],
  ['S 1500:1500(0) win 65535', 'R. 0:0(0) ack 1501 win 0', 'gone', { ...KILLED, ...RST }],
  ['S 900:900(0) win 65535', ACK, STAY, ONE],
  ['S 90000:90000(0) win 65535', ACK, STAY, ONE],
  ['R 1001:1001(0) win 0', null, 'gone', KILLED],
  ['R. 1001:1001(0) ack 1 win 0', null, 'gone', KILLED],
  ['R. 1001:1001(0) ack 99 win 0', null, 'gone', KILLED],
  ['R 1100:1100(0) win 0', ACK, STAY, { ...ONE, TCPChallengeACK: 1 }],
  ['R 1000:1000(0) win 0', null, STAY, {}],
  ['R 90000:90000(0) win 0', null, STAY, {}],
  ['. 1001:1001(0) ack 77 win 65535', 'R 77:77(0) win 0', STAY, RST],
  ['. 1000:1000(0) ack 1 win 65535', ACK, STAY, ONE],
  ['. 90000:90000(0) ack 1 win 65535', ACK, STAY, ONE],
  ['. 1001:1001(0) ack 1 win 65535', null, 'ESTAB', { ...OPEN, TCPPureAcks: 1 }],
  ['. 1101:1101(0) ack 1 win 65535', null, 'ESTAB', { ...OPEN, TCPPureAcks: 1 }],
  ['P. 1001:1006(5) ack 1 win 65535', '. 1:1(0) ack 1006 win 64235', 'ESTAB', { ...OPEN, ...ONE }],
  ['P. 1101:1106(5) ack 1 win 65535', ACK, 'ESTAB', { ...OPEN, ...ONE, TCPOFOQueue: 1 }],
  ['F 1001:1001(0) win 65535', null, STAY, {}],
  ['P 1001:1006(5) win 65535', null, STAY, {}],
  ['- 1001:1001(0) win 65535', null, STAY, {}],
  ['S. 1000:1000(0) ack 1 win 65535', ACK, STAY, ONE],
  ['S. 1001:1001(0) ack 1 win 65535', 'R 1:1(0) win 0', 'gone', { ...KILLED, ...RST }],
  ['S. 1000:1000(0) ack 77 win 65535', 'R 77:77(0) win 0', STAY, RST],
];

const probe = (t: RawTarget, text: string): unknown => {
  moved(t);
  const replies = untimed(t.segment(1, text));
  return [replies, stateOf(t, 1), moved(t)];
};

const WITHOUT: OracleCase[] = BOTH.map(([text, reply, state, counters]) => ({
  cite: '8.1',
  name: `without timestamps: ${text}`,
  run: (t) => {
    t.listener(16);
    syn(t, 1);
    return probe(t, text);
  },
  expected: [reply === null ? [] : [reply], state, counters],
}));

const STAMP = 'TS val 101 ecr 1000';
const FULL = 'S. 0:0(0) ack 1001 win 65160 <mss 1460,sackOK,TS val * ecr 100,nop,wscale 10>';
/** An ACK of the request: window scaled, the first TSval echoed. */
const FULL_ACK = '. 1:1(0) ack 1001 win 63 <nop,nop,TS val * ecr 100>';

/** A probe of the other table with a right timestamp. A SYN of the client has its options and ecr 0. */
function stamped(text: string): string {
  const bare = text.replace(/ <.*>$/, '');
  if (/^SF? /.test(bare)) return `${bare} <mss 1460,sackOK,TS val 101 ecr 0,nop,wscale 7>`;
  return `${bare} <nop,nop,${STAMP}>`;
}

/** What is different with timestamps: by probe, the reply. */
const STAMPED_REPLIES: { readonly [probe: string]: string } = {
  'P. 1001:1006(5) ack 1 win 65535': '. 1:1(0) ack 1006 win 64 <nop,nop,TS val * ecr 101>',
  'P. 1101:1106(5) ack 1 win 65535':
    '. 1:1(0) ack 1001 win 64 <nop,nop,TS val * ecr 100,nop,nop,sack 1101:1106>',
};

const stampedReply = (text: string, reply: string | null): string[] => {
  if (reply === null) return [];
  const other = STAMPED_REPLIES[text];
  if (other !== undefined) return [other];
  return [reply === PLAIN ? FULL : reply === ACK ? FULL_ACK : reply];
};

const WITH: OracleCase[] = BOTH.map(([text, reply, state, counters]) => ({
  cite: '8.1',
  name: `with timestamps: ${text}`,
  run: (t) => {
    t.listener(16);
    syn(t, 1, true);
    return probe(t, stamped(text));
  },
  expected: [stampedReply(text, reply), state, counters],
}));

const REJECTED = { ...ONE, TSEcrRejected: 1 };
const PAWS = { ...ONE, PAWSEstab: 1 };

const STAMPS: readonly Row[] = [
  ['S 1000:1000(0) win 9 <mss 1460,nop,nop,TS val 99 ecr 0>', FULL_ACK, STAY, PAWS],
  ['S 1000:1000(0) win 9 <mss 1460,sackOK,TS val 200 ecr 0,nop,wscale 7>', FULL, STAY, RESENT],
  ['S 1000:1000(0) win 9 <mss 1460>', FULL, STAY, RESENT],
  ['. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 99 ecr 1000>', FULL_ACK, STAY, PAWS],
  ['R 1001:1001(0) win 9 <nop,nop,TS val 99 ecr 1000>', null, STAY, { PAWSEstab: 1 }],
  ['. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr 1001>', FULL_ACK, STAY, REJECTED],
  ['. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr 999>', FULL_ACK, STAY, REJECTED],
  ['R 1001:1001(0) win 9 <nop,nop,TS val 100 ecr 1001>', null, STAY, { TSEcrRejected: 1 }],
  ['. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 100 ecr 0>', null, 'ESTAB', { ...OPEN, TCPPureAcks: 1 }],
  ['. 1001:1001(0) ack 1 win 9', null, 'ESTAB', { ...OPEN, TCPPureAcks: 1 }],
];

const STAMPED: OracleCase[] = STAMPS.map(([text, reply, state, counters]) => ({
  cite: '8.1',
  name: `SYN with TSval 100: ${text}`,
  run: (t) => {
    t.listener(16);
    syn(t, 1, true);
    return probe(t, text);
  },
  expected: [reply === null ? [] : [reply], state, counters],
}));

const LIMITED = { TCPACKSkippedSynRecv: 1 };

type Twice = readonly [name: string, text: string, first: string[], second: string[], counters: Counters];

const TWICE: readonly Twice[] = [
  ['a duplicate SYN', 'S 1000:1000(0) win 65535 <mss 1460>', [PLAIN], [], LIMITED],
  ['an old ACK', '. 1000:1000(0) ack 1 win 65535', [ACK], [], LIMITED],
  ['an ACK beyond the window', '. 90000:90000(0) ack 1 win 65535', [ACK], [], LIMITED],
  ['a bad ACK', '. 1001:1001(0) ack 77 win 65535', ['R 77:77(0) win 0'], ['R 77:77(0) win 0'], RST],
  ['data outside the window', 'P. 900:905(5) ack 1 win 65535', [ACK], [ACK], ONE],
  ['a RST in the window', 'R 1100:1100(0) win 0', [ACK], [], { TCPACKSkippedChallenge: 1 }],
];

const REPEATED: OracleCase[] = TWICE.map(([name, text, first, second, counters]) => ({
  cite: '8.1',
  name: `${name} is answered ${second.length === 0 ? 'once' : 'each time'} within 500 ms`,
  run: (t) => {
    t.listener(16);
    syn(t, 1);
    const one = t.segment(1, text);
    moved(t);
    const two = t.segment(1, text);
    return [one, two, moved(t), stateOf(t, 1)];
  },
  expected: [first, second, counters, STAY],
}));

const FIN: OracleCase = {
  cite: '8.1',
  name: 'FIN with the third ACK: CLOSE-WAIT, and a delayed ACK',
  run: (t) => {
    t.listener(16);
    syn(t, 1);
    moved(t);
    const replies = t.segment(1, 'F. 1001:1001(0) ack 1 win 65535');
    const state = stateOf(t, 1);
    t.wait(300);
    return [replies, state, t.output().map(({ text }) => text), moved(t)];
  },
  expected: [[], 'CLOSE-WAIT', ['. 1:1(0) ack 1002 win 64239'], { ...OPEN, ...ONE, DelayedACKs: 1 }],
};

type Icmp = readonly [type: number, code: number, what: string, killed: boolean];

const ICMP: readonly Icmp[] = [
  [3, 0, 'net unreachable', true],
  [3, 1, 'host unreachable', true],
  [11, 0, 'time exceeded', true],
  [11, 1, 'reassembly time exceeded', false],
  [12, 0, 'parameter problem', true],
  [3, 2, 'protocol unreachable', false],
  [3, 3, 'port unreachable', false],
  [3, 4, 'fragmentation needed', false],
  [3, 5, 'source route failed', false],
  [3, 6, 'net unknown', false],
  [3, 13, 'administratively prohibited', false],
  [4, 0, 'source quench', false],
  [5, 1, 'redirect', false],
];

/** Only what TCP counts, and IcmpInErrors. */
function tcpMoved(t: RawTarget): Counters {
  const all = moved(t);
  return Object.fromEntries(Object.entries(all).filter(([name]) => !/^(Ip|Icmp(?!InErrors))/.test(name)));
}

const ERRORS: OracleCase[] = ICMP.map(([type, code, what, killed]) => ({
  cite: '8.1',
  name: `ICMP ${type}/${code} (${what}) about the SYN-ACK ${killed ? 'ends the request' : 'is ignored'}`,
  run: (t) => {
    t.listener(16);
    syn(t, 1);
    moved(t);
    return [t.icmp(1, { type, code, mtu: code === 4 ? 1400 : 0 }), stateOf(t, 1), tcpMoved(t)];
  },
  expected: [[], killed ? 'gone' : STAY, killed ? { ListenDrops: 1 } : {}],
}));

const QUOTES: readonly OracleCase[] = [
  ...[1, -1].map(
    (seq): OracleCase => ({
      cite: '8.1',
      name: `ICMP that quotes another sequence number, ISN ${seq > 0 ? '+' : '-'} 1: OutOfWindowIcmps`,
      run: (t) => {
        t.listener(16);
        syn(t, 1);
        moved(t);
        t.icmp(1, { type: 3, code: 1, seq });
        return [stateOf(t, 1), tcpMoved(t)];
      },
      expected: [STAY, { OutOfWindowIcmps: 1 }],
    }),
  ),
  {
    cite: '8.1',
    name: 'ICMP that quotes a connection nobody has: IcmpInErrors',
    run: (t) => {
      t.listener(16);
      moved(t);
      t.icmp(7, { type: 3, code: 1 }, 81);
      return tcpMoved(t);
    },
    expected: { IcmpInErrors: 1 },
  },
];

export const SYN_RECV: readonly OracleCase[] = [
  ...WITHOUT,
  ...WITH,
  ...STAMPED,
  ...REPEATED,
  FIN,
  ...ERRORS,
  ...QUOTES,
];
