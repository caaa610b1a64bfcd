// What a peer chooses from, with weights: options of its SYN, timestamps, what it does next.

export const SYN_OPTIONS = [
  '',
  'mss 1460',
  'mss 536',
  'mss 100',
  'mss 1460,nop,wscale 7',
  'mss 1460,nop,nop,sackOK',
  'mss 1460,nop,nop,TS val VAL ecr 0',
  'mss 1460,sackOK,TS val VAL ecr 0,nop,wscale 7',
  'mss 1460,sackOK,TS val VAL ecr 0,nop,wscale 7',
  'mss 9000,sackOK,TS val VAL ecr 0,nop,wscale 0',
  'mss 1460,nop,wscale 15',
] as const;

/** Where a SYN begins against the one before, or against the end of a connection. */
export const SYN_OFF = [
  [6, 0],
  [2, 1],
  [1, 500],
  [1, -100],
  [1, 90_000],
  [1, 200_000],
] as const;
/** TSval against the peer's clock, and TSecr against 1000, the TSval of our SYN-ACK. */
export const TSVAL_OFF = [
  [20, 0],
  [1, -50],
  [1, 1000],
] as const;
export const TSECR = [
  [24, 1000],
  [1, 999],
  [1, 1001],
  [1, 0],
  [0.5, 5000],
] as const;

/** What a peer believes of its connection. */
export type Belief = 'fresh' | 'asked' | 'crossed' | 'open' | 'closing' | 'over';

export type Kind = 'syn' | 'synAck' | 'ack' | 'data' | 'early' | 'old' | 'fin' | 'rst' | 'odd' | 'icmp';

type Next = { readonly [B in Belief]: readonly (readonly [number, Kind])[] };

/** What comes next from a peer that calls us, by what it believes. It never believes that SYNs have crossed. */
export const CALLING: Next = {
  fresh: [
    [20, 'syn'],
    [1, 'ack'],
    [1, 'rst'],
    [1, 'odd'],
  ],
  asked: [
    [4, 'syn'],
    [12, 'ack'],
    [4, 'data'],
    [1, 'fin'],
    [1, 'early'],
    [2, 'rst'],
    [2, 'odd'],
    [2, 'icmp'],
  ],
  crossed: [[1, 'ack']],
  open: [
    [1, 'syn'],
    [4, 'ack'],
    [6, 'data'],
    [2, 'early'],
    [2, 'old'],
    [2, 'fin'],
    [1, 'rst'],
    [2, 'odd'],
    [0.5, 'icmp'],
  ],
  closing: [
    [1, 'syn'],
    [4, 'ack'],
    [1, 'data'],
    [8, 'fin'],
    [0.5, 'rst'],
    [1, 'odd'],
    [0.5, 'icmp'],
  ],
  over: [
    [8, 'syn'],
    [2, 'ack'],
    [1, 'data'],
    [2, 'fin'],
    [2, 'rst'],
    [1, 'odd'],
  ],
};

/** What comes next from a peer that we call. */
export const ANSWERING: Next = {
  fresh: [
    [4, 'synAck'],
    [1, 'syn'],
    [1, 'ack'],
    [1, 'rst'],
    [1, 'odd'],
    [1, 'icmp'],
  ],
  asked: [
    [18, 'synAck'],
    [4, 'syn'],
    [2, 'ack'],
    [1, 'data'],
    [0.5, 'fin'],
    [3, 'rst'],
    [1.5, 'odd'],
    [3, 'icmp'],
  ],
  crossed: [
    [6, 'ack'],
    [5, 'synAck'],
    [3, 'data'],
    [1, 'early'],
    [1.5, 'fin'],
    [2, 'rst'],
    [1.5, 'syn'],
    [1.5, 'odd'],
    [1.5, 'icmp'],
  ],
  open: [
    [0.5, 'syn'],
    [1, 'synAck'],
    [4, 'ack'],
    [7, 'data'],
    [2, 'early'],
    [2, 'old'],
    [2, 'fin'],
    [1, 'rst'],
    [1.5, 'odd'],
    [1.5, 'icmp'],
  ],
  closing: [
    [0.5, 'syn'],
    [0.5, 'synAck'],
    [4, 'ack'],
    [1.5, 'data'],
    [7, 'fin'],
    [0.5, 'rst'],
    [1, 'odd'],
    [1, 'icmp'],
  ],
  over: [
    [1, 'syn'],
    [1, 'synAck'],
    [2, 'ack'],
    [1, 'data'],
    [3, 'fin'],
    [1, 'rst'],
    [1, 'odd'],
    [1, 'icmp'],
  ],
};

/** What a SYN-ACK acknowledges: our ISN + 1, or nothing that we sent. */
export const SYN_ACKED = [
  [20, 1],
  [1, 0],
  [1, 2],
  [0.5, 77],
  [0.5, 90_000],
] as const;

/** TSecr of a SYN-ACK; 1000 is the TSval of our first SYN. */
export const SYN_TSECR = [
  [20, 1000],
  [1, 999],
  [1, 0],
  [0.5, 100_000],
] as const;

/** Path MTUs that an ICMP error names, from ip_rt_min_pmtu on. */
export const PATH_MTUS = [552, 600, 1200, 1400, 1499, 1500, 9000] as const;
