// What an `expect` line can say, as data.
//
//   [at TIME] HOST COUNTER TEST                          server TcpExtListenOverflows == 4
//   [at TIME] HOST sockets [STATE] TEST                  server sockets SYN-RECV == 0
//   [at TIME] HOST[:PORT] accept queue [max] TEST        server accept queue max == 2
//   [at TIME] HOST[:PORT] request queue [max] TEST       server:80 request queue == 1
//   HOST[:PORT] drops TEST                               server drops == 4
//   HOST log contains "TEXT" | HOST log lacks "TEXT"     server log contains "Possible SYN flooding"
//   HOST cpu [from TIME to TIME] TEST                    server cpu ~ 15% within 3%
//   HOST cpu per message TEST                            server cpu per message < 10us
//   HOST run queue delay (max | mean | p50 | p99 | p999) TEST  server run queue delay p99 < 1ms
//   HOST context switches [per message] TEST             server context switches per message ~ 1 within 5%
//   HOST process NAME CALL share TEST                    server process api connect share > 50%
//   HOST process NAME calls CALL TEST                    server process api calls connect == 40
//   HOST process NAME context switches [per message] TEST
//   [HOST] connects [errno ERRNO | slower than TIME] TEST      connects errno ETIMEDOUT == 1
//   [HOST] connect N latency TEST                        connect 2 latency ~ 1.03s within 5%
//   [HOST] connect N errno == ERRNO                      connect 3 errno == ETIMEDOUT   (ok: it succeeded)
//   [HOST] connect N port TEST                           connect 1 port == 40000   (the local one)
//   [HOST] connect N [KIND] probes TEST                  connect 3 time-wait probes == 2   (ports that its search looked at)
//   (max | min | mean | total) [HOST] connect [KIND] probes TEST     max connect probes >= 1000
//   [HOST] connect N syns at TIME … [within TOLERANCE]   connect 2 syns at 0s 1s 3s 7s within 1%
//   [HOST] requests [failed | errno ERRNO | slower than TIME] TEST   requests slower than 1s == 3
//   [HOST] request N latency TEST | request N errno == ERRNO | request N bytes TEST
//   (max | min | mean) [HOST] (request | connect) latency TEST       max request latency >= 1s
//   WORKLOAD (started | completed | connected | failed [ERRNO | EOF]) TEST      users failed EADDRNOTAVAIL == 0
//   WORKLOAD (min | mean | max | p50 | p90 | p99 | p999) (request | connect) latency TEST   users p99 request latency < 50ms
//   segments ["FLAGS"] [from HOST] [to HOST] [lost | dropped | delivered | retransmitted] TEST
//                                                        segments "S." from server to client == 5
//
// CPUs: a share is written `15%`, and `within 3%` means 3 points either way; `share` is that of the system time of the
// processes of that name (as declared); CALL is the name that strace prints; a message is a send() that succeeded.
//
// TEST is `== != < <= > >=` and a number or time, or `~ VALUE within TOLERANCE`; a TOLERANCE is `5%` or a time. Connects
// and requests count from 1 in the order of their start, on one host when a host is named. Counters, sockets and queues
// are those at the end of the run, or at the time that `at` names. TIMEs are as in the scenario: 1s, 250ms, 1m30s.

export const OPERATORS = ['==', '!=', '<=', '>=', '<', '>'] as const;
export type CompareOperator = (typeof OPERATORS)[number];

export type Tolerance =
  | { readonly kind: 'share'; readonly share: number }
  | { readonly kind: 'time'; readonly ns: number }
  /** Of a share: so much more or less, 0 to 1. */
  | { readonly kind: 'points'; readonly share: number };

export type Test =
  | { readonly kind: 'compare'; readonly operator: CompareOperator; readonly value: number }
  | { readonly kind: 'near'; readonly value: number; readonly within: Tolerance };

export type Selection =
  | { readonly kind: 'all' }
  | { readonly kind: 'failed' }
  /** null: succeeded. */
  | { readonly kind: 'errno'; readonly errno: string | null }
  | { readonly kind: 'slower'; readonly ns: number };

export type SegmentFate = 'lost' | 'dropped' | 'delivered' | 'retransmitted';
export type Things = 'connects' | 'requests';

type Statistic = (typeof STATISTICS)[number];
export const STATISTICS = ['min', 'mean', 'max', 'p50', 'p90', 'p99', 'p999'] as const;

/** What a look at a port may meet; null: any of them. */
export const PROBE_KINDS = ['free', 'shared', 'established', 'time-wait', 'bound', 'reserved'] as const;
export type ProbeKind = (typeof PROBE_KINDS)[number];

export type Claim =
  | {
      readonly kind: 'workload';
      readonly name: string;
      readonly of: 'started' | 'completed' | 'connected' | 'failed';
      /** `failed`: with this errno, or `EOF`; null: at all. */
      readonly errno: string | null;
      readonly test: Test;
    }
  | {
      readonly kind: 'workload-latency';
      readonly name: string;
      readonly statistic: Statistic;
      readonly of: 'request' | 'connect';
      readonly test: Test;
    }
  | { readonly kind: 'counter'; readonly host: string; readonly counter: string; readonly test: Test }
  | { readonly kind: 'sockets'; readonly host: string; readonly state: string | null; readonly test: Test }
  | {
      readonly kind: 'queue';
      readonly host: string;
      readonly port: number | null;
      readonly queue: 'accept' | 'request';
      readonly max: boolean;
      readonly test: Test;
    }
  | { readonly kind: 'drops'; readonly host: string; readonly port: number | null; readonly test: Test }
  | {
      readonly kind: 'cpu';
      readonly host: string;
      /** null: the whole run. */
      readonly span: { readonly fromNs: number; readonly toNs: number } | null;
      readonly test: Test;
    }
  | { readonly kind: 'cpu-message'; readonly host: string; readonly test: Test }
  | {
      readonly kind: 'run-delay';
      readonly host: string;
      readonly statistic: Statistic;
      readonly test: Test;
    }
  | {
      readonly kind: 'switches';
      readonly host: string;
      /** null: all of the host. */
      readonly process: string | null;
      readonly perMessage: boolean;
      readonly test: Test;
    }
  | {
      readonly kind: 'call';
      readonly host: string;
      readonly process: string;
      readonly call: string;
      /** Share of the system time, or the number of calls. */
      readonly what: 'share' | 'calls';
      readonly test: Test;
    }
  | { readonly kind: 'log'; readonly host: string; readonly text: string; readonly contains: boolean }
  | {
      readonly kind: 'number';
      readonly of: Things;
      readonly host: string | null;
      readonly which: Selection;
      readonly test: Test;
    }
  | {
      readonly kind: 'latency';
      readonly of: Things;
      readonly host: string | null;
      readonly n: number;
      readonly test: Test;
    }
  | {
      readonly kind: 'port';
      readonly host: string | null;
      readonly n: number;
      readonly test: Test;
    }
  | { readonly kind: 'bytes'; readonly host: string | null; readonly n: number; readonly test: Test }
  | {
      readonly kind: 'errno';
      readonly of: Things;
      readonly host: string | null;
      readonly n: number;
      readonly equal: boolean;
      readonly errno: string | null;
    }
  | {
      readonly kind: 'syns';
      readonly host: string | null;
      readonly n: number;
      readonly atNs: readonly number[];
      readonly within: Tolerance;
    }
  /** Ports looked at by the search of one connect, or by those of all. */
  | {
      readonly kind: 'probes';
      readonly host: string | null;
      readonly which: number | 'max' | 'min' | 'mean' | 'total';
      readonly met: ProbeKind | null;
      readonly test: Test;
    }
  | {
      readonly kind: 'summary';
      readonly of: Things;
      readonly host: string | null;
      readonly statistic: 'max' | 'min' | 'mean';
      readonly test: Test;
    }
  | {
      readonly kind: 'segments';
      readonly flags: string | null;
      readonly from: string | null;
      readonly to: string | null;
      readonly fate: SegmentFate | null;
      readonly test: Test;
    };

/** The left-hand side of a line: what it looks at. The test inside its claim means nothing. */
export interface Quantity {
  /** `max request latency`. */
  readonly text: string;
  /** Look at this time, ns; null: at the end. */
  readonly atNs: number | null;
  readonly claim: Claim;
}

export interface Expectation {
  readonly text: string;
  /** Look at this time, ns; null: at the end. */
  readonly atNs: number | null;
  readonly claim: Claim;
}
