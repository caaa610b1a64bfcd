// What changed between kernels (server sheet 4.3, 5, 6, 8, 10): the same wire, two profiles on either side of the change.

import { describe, expect, it } from 'vitest';
import { errnoOf, Host } from '../test-kit/host.ts';
import { PEER, Raw, type RawOptions, SERVER } from '../test-kit/raw.ts';
import { kernelsWith, linux, PROFILE_NAMES, type Profile } from './profile.ts';
import { SOCK_OPTION_NAMES } from './socket/sockopt.ts';
import { SYSCTLS, type SysctlName } from './sysctl.ts';

type Kernels<T> = readonly (readonly [kernels: string, expected: T])[];

/** One expectation for every kernel, listed oldest to newest as in the sheet; every profile must be named once. */
function eachKernel<T>(rows: Kernels<T>, observe: (kernel: string) => T): void {
  const named = rows.flatMap(([kernels]) => kernels.split(' '));
  expect([...named].sort()).toEqual([...PROFILE_NAMES].sort());
  for (const [kernels, expected] of rows) {
    for (const kernel of kernels.split(' ')) expect([kernel, observe(kernel)]).toEqual([kernel, expected]);
  }
}

const times = (sent: [number, string, number][]): number[] => sent.map(([at]) => at);
const COOKIES_OFF = { 'net.ipv4.tcp_syncookies': 0, 'net.ipv4.tcp_max_syn_backlog': 65536 } as const;

describe('half-open connections', () => {
  it('how many a backlog of 20 holds', () => {
    const rows: Kernels<number> = [
      ['2.6.32 3.10', 32],
      ['4.4 4.19 5.4 5.15', 20],
      ['6.1 6.12 6.18', 21],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 20, sysctls: COOKIES_OFF });
      for (let port = 1; port <= 40; port++) raw.syn(port);
      return raw.count('SYN-RECV');
    });
  });

  it('backlog 0 without cookies', () => {
    const rows: Kernels<number> = [
      ['2.6.32 3.10', 16],
      ['4.4 4.19 5.4 5.15', 0],
      ['6.1 6.12 6.18', 1],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 0, sysctls: COOKIES_OFF });
      for (let port = 1; port <= 40; port++) raw.syn(port);
      return raw.count('SYN-RECV');
    });
  });

  it('a SYN that finds the request queue full', () => {
    const rows: Kernels<object> = [
      ['2.6.32', {}],
      ['3.10 4.4 4.19 5.4 5.15 6.1 6.12 6.18', { TCPReqQFullDrop: 1, ListenDrops: 1 }],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 4, sysctls: COOKIES_OFF });
      for (let port = 1; port <= 16; port++) raw.syn(port);
      raw.moved();
      raw.syn(99);
      const { TcpOutSegs: answered, ...moved } = raw.moved();
      expect([kernel, answered]).toEqual([kernel, undefined]);
      return moved;
    });
  });
});

describe('a SYN that finds the accept queue full', () => {
  it('is answered to 4.9 while at most one request is young', () => {
    const rows: Kernels<number[]> = [
      ['2.6.32 3.10', [1, 1, 0]],
      ['4.4', [1, 1, 0]],
      ['4.19 5.4 5.15 6.1 6.12 6.18', [0, 0, 0]],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 3 });
      for (let port = 1; port <= 4; port++) raw.connect(port);
      return [11, 12, 13].map((port) => raw.syn(port).length);
    });
  });
});

describe('SYN-ACK timer', () => {
  it('schedule', () => {
    const rows: Kernels<number[]> = [
      ['2.6.32', [3, 9, 21, 45, 93]],
      ['3.10 4.4 4.19 5.4 5.15 6.1 6.12 6.18', [1, 3, 7, 15, 31]],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      raw.syn(1);
      return times(raw.until(190));
    });
  });

  it('counters of one retransmission', () => {
    const rows: Kernels<object> = [
      ['2.6.32', { TcpOutSegs: 1 }],
      ['3.10', { TcpOutSegs: 1, TCPTimeouts: 1, TcpRetransSegs: 1 }],
      [
        '4.4 4.19 5.4 5.15 6.1 6.12 6.18',
        { TcpOutSegs: 1, TCPTimeouts: 1, TcpRetransSegs: 1, TCPSynRetrans: 1 },
      ],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      raw.syn(1);
      raw.moved();
      raw.until(3);
      const moved = raw.moved();
      if (kernel === '2.6.32') return moved;
      return Object.fromEntries(Object.entries(moved).map(([name, by]) => [name, by / 2]));
    });
  });
});

describe('odd segments to a half-open connection', () => {
  it('three duplicate SYNs at once', () => {
    const rows: Kernels<number> = [
      ['2.6.32 3.10', 3],
      ['4.4 4.19 5.4 5.15 6.1 6.12 6.18', 1],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      raw.syn(1);
      return [1, 1, 1].flatMap((port) => raw.syn(port)).length;
    });
  });

  it('three ACKs outside the window', () => {
    const rows: Kernels<number> = [
      ['2.6.32 3.10 4.4', 3],
      ['4.19 5.4 5.15 6.1 6.12 6.18', 1],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      raw.syn(1);
      return [1, 2, 3].flatMap(() => raw.send(1, '. 90000:90000(0) ack 1 win 9')).length;
    });
  });

  it('RST in the window but not at rcv_nxt', () => {
    const rows: Kernels<string> = [
      ['2.6.32 3.10 4.4 4.19 5.4 5.15', 'killed'],
      ['6.1 6.12 6.18', 'challenged'],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      raw.syn(1);
      const replies = raw.send(1, 'R 1100:1100(0) win 0');
      return raw.count('SYN-RECV') === 0 && replies.length === 0 ? 'killed' : 'challenged';
    });
  });

  it('a third ACK with a TSecr we never sent', () => {
    const rows: Kernels<string[]> = [
      ['2.6.32 3.10 4.4 4.19 5.4 5.15 6.1 6.12', ['ESTAB']],
      ['6.18', ['SYN-RECV']],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      raw.syn(1, true);
      raw.send(1, '. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 101 ecr 5>');
      return raw.states();
    });
  });
});

describe('SYN cookies', () => {
  const cookies = { 'net.ipv4.tcp_syncookies': 1 } as const;

  it('MSS values that a cookie can carry, v4', () => {
    const rows: Kernels<number[]> = [
      ['2.6.32', [64, 536, 1440, 1460, 4312]],
      ['3.10', [64, 536, 1440, 1460, 8960]],
      ['4.4 4.19 5.4 5.15 6.1 6.12 6.18', [536, 536, 1440, 1460, 1460]],
    ];
    eachKernel(rows, (kernel) => {
      return [100, 536, 1459, 1460, 8960].map((mss) => {
        const raw = new Raw({
          kernel,
          backlog: 0,
          sysctls: { ...cookies, 'net.ipv4.tcp_max_syn_backlog': 0 },
        });
        for (let port = 100; port < 120; port++) raw.syn(port);
        raw.send(1, `S 1000:1000(0) win 9 <mss ${mss}>`);
        raw.ack(1);
        return (
          [...raw.kernel.net.socks.values()].find((sk) => sk.state === 'ESTAB' && sk.rport === 1)?.mssClamp ??
          0
        );
      });
    });
  });

  it('seconds after the last cookie at which an ACK is still looked at', () => {
    const rows: Kernels<boolean> = [
      ['2.6.32 3.10', false],
      ['4.4 4.19 5.4 5.15 6.1 6.12 6.18', true],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 0, sysctls: cookies });
      for (let port = 1; port < 30; port++) raw.syn(port);
      raw.until(4);
      raw.ack(29);
      return raw.count('ESTAB') === 1;
    });
  });

  it('log line', () => {
    const rows: Kernels<string> = [
      ['2.6.32', 'possible SYN flooding on port 80. Sending cookies.'],
      [
        '3.10 4.4 4.19 5.4 5.15 6.1',
        'TCP: request_sock_TCP: Possible SYN flooding on port 80. Sending cookies.  Check SNMP counters.',
      ],
      ['6.12 6.18', 'TCP: request_sock_TCP: Possible SYN flooding on port 192.0.2.1:80. Sending cookies.'],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 0, sysctls: cookies, trace: true });
      for (let port = 1; port < 30; port++) raw.syn(port);
      const event = raw.kernel.takeTrace().find((e) => e.type === 'log');
      return event?.type === 'log' ? event.text : '';
    });
  });
});

describe('without cookies', () => {
  it('the log line of a full request queue', () => {
    const rows: Kernels<string> = [
      ['2.6.32', ''],
      ['3.10 4.4 4.19 5.4 5.15 6.1', 'Possible SYN flooding on port 80. Dropping request.'],
      ['6.12 6.18', 'Possible SYN flooding on port 192.0.2.1:80. Dropping request.'],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel, backlog: 0, sysctls: COOKIES_OFF, trace: true });
      for (let port = 1; port < 30; port++) raw.syn(port);
      const event = raw.kernel.takeTrace().find((e) => e.type === 'log');
      return event?.type === 'log' ? (/Possible.*?request\./.exec(event.text)?.[0] ?? event.text) : '';
    });
  });
});

describe('a connect() that nobody answers (client sheet 3)', () => {
  /** Seconds of the SYNs that are sent again, and of ETIMEDOUT. */
  function unanswered(kernel: string, hz: Profile['hz'] = 0, sysctls: RawOptions['sysctls'] = {}): number[] {
    const raw = new Raw({ kernel, sysctls });
    raw.kernel.net.profile = { ...raw.kernel.net.profile, hz };
    const made = raw.kernel.socket(raw.task, 'AF_INET', 'SOCK_STREAM', true);
    const fd = made.ok ? made.value : -1;
    raw.kernel.connect(raw.task, fd, { family: 'AF_INET', address: PEER, port: 9 });
    raw.output();
    const sock = raw.kernel.net.socks.get(2);
    const sent: number[] = [];
    while (sock?.error === null) {
      raw.kernel.advanceTo(raw.kernel.nextTimerAt());
      if (raw.output().length > 0) sent.push(raw.kernel.now / 1e9);
    }
    expect(sock?.error).toBe('ETIMEDOUT');
    return [...sent, raw.kernel.now / 1e9];
  }

  const EXACT: Kernels<number[]> = [
    ['2.6.32', [3, 9, 21, 45, 93, 189]],
    ['3.10 4.4 4.19 5.4 5.15 6.1', [1, 3, 7, 15, 31, 63, 127]],
    ['6.12 6.18', [1, 2, 3, 4, 5, 7, 11, 19, 35, 67, 131]],
  ];

  it('SYN times, then ETIMEDOUT', () => {
    eachKernel(EXACT, (kernel) => unanswered(kernel));
  });

  it.each([250, 1000] as const)(
    'before 4.8 and with HZ %d they are nominal to the jiffy, or 1/256 late',
    (hz) => {
      for (const [kernel, nominal] of [
        ['2.6.32', EXACT[0]![1]],
        ['3.10', EXACT[1]![1]],
        ['4.4', EXACT[1]![1]],
      ] as const) {
        const slack = kernel === '2.6.32' ? 0 : 1 / 256;
        unanswered(kernel, hz).forEach((at, i) => {
          expect(at).toBeGreaterThan(nominal[i]! - 1 / hz);
          expect(at).toBeLessThanOrEqual(nominal[i]! * (1 + slack));
        });
      }
    },
  );

  // The table of client sheet 3, measured with HZ 250, and the wheel's granule for each wait.
  const LINEAR = 'net.ipv4.tcp_syn_linear_timeouts';
  it.each([
    ['default', {}, [1.004, 2.028, 3.052, 4.076, 5.1, 7.116, 11.244, 19.439, 35.564, 69.356, 134.9]],
    ['linear 0', { [LINEAR]: 0 }, [1.027, 3.035, 7.227, 15.419, 31.547, 65.339, 130.88]],
    ['linear 1', { [LINEAR]: 1 }, [1.003, 2.032, 4.043, 8.139, 16.331, 32.459, 65.227, 130.76]],
  ] as const)('6.18 with HZ 250, %s: within one granule of what was measured', (_, sysctls, measured) => {
    const granule = (wait: number): number => (wait < 2.016 ? 0.032 : wait < 16.128 ? 0.256 : 2.048);
    const seen = unanswered('6.18', 250, sysctls);
    expect(seen.length).toBe(measured.length);
    seen.forEach((at, i) => {
      const wait = measured[i]! - (measured[i - 1] ?? 0);
      expect(Math.abs(at - measured[i]!)).toBeLessThanOrEqual(granule(wait));
    });
  });
});

describe('ICMP to a half-open connection: codes of destination unreachable that remove it', () => {
  it('by kernel', () => {
    const rows: Kernels<number[]> = [
      ['2.6.32 3.10', [0, 1, 2, 3, 13]],
      ['4.4 4.19 5.4 5.15 6.1 6.12 6.18', [0, 1]],
    ];
    eachKernel(rows, (kernel) =>
      [0, 1, 2, 3, 4, 13].filter((code) => {
        const raw = new Raw({ kernel });
        raw.syn(1);
        const quoted = { source: SERVER, destination: PEER, sport: 80, dport: 1, seq: raw.iss.get(1)! };
        raw.kernel.deliver({
          kind: 'icmp',
          source: PEER,
          destination: SERVER,
          ttl: 64,
          type: 3,
          code,
          info: 0,
          quoted,
          body: new Uint8Array(0),
        });
        return raw.count('SYN-RECV') === 0;
      }),
    );
  });
});

describe('windows of a SYN-ACK on Ethernet (server sheet 10)', () => {
  it('without and with timestamps, and the window scale', () => {
    const rows: Kernels<[number, number, number]> = [
      ['2.6.32', [5840, 5792, 7]],
      ['3.10 4.4 4.19', [29200, 28960, 7]],
      ['5.4 5.15 6.1 6.12', [64240, 65160, 7]],
      ['6.18', [64240, 65160, 10]],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      const plain = /win (\d+)/.exec(raw.syn(1)[0]!)?.[1];
      const all = raw.syn(2, true)[0]!;
      return [Number(plain), Number(/win (\d+)/.exec(all)?.[1]), Number(/wscale (\d+)/.exec(all)?.[1])];
    });
  });
});

describe('PAWS in TIME-WAIT', () => {
  it('has a counter of its own since 6.13', () => {
    const rows: Kernels<string[]> = [
      ['2.6.32 3.10 4.4 4.19 5.4 5.15 6.1 6.12', ['PAWSEstab']],
      ['6.18', ['PAWSTimewait']],
    ];
    eachKernel(rows, (kernel) => {
      const raw = new Raw({ kernel });
      const tsval = /TS val (\d+)/.exec(raw.syn(1, true)[0]!)?.[1];
      raw.send(1, `. 1001:1001(0) ack 1 win 9 <nop,nop,TS val 101 ecr ${tsval}>`);
      raw.kernel.close(raw.task, raw.accept() as number);
      raw.send(1, `F. 1001:1001(0) ack 2 win 9 <nop,nop,TS val 101 ecr ${tsval}>`);
      raw.moved();
      raw.send(1, 'S 2000:2000(0) win 9 <mss 1460,nop,nop,TS val 50 ecr 0>');
      return Object.keys(raw.moved()).filter((name) => name.startsWith('PAWS'));
    });
  });
});

describe('an established connection', () => {
  it('a SYN in the window, and a RST in it but not at rcv_nxt', () => {
    const rows: Kernels<[string[], string[]]> = [
      ['2.6.32', [['UNCONN'], ['UNCONN']]],
      ['3.10 4.4 4.19 5.4 5.15 6.1 6.12 6.18', [['ESTAB'], ['ESTAB']]],
    ];
    eachKernel(rows, (kernel) => {
      const after = (probe: string): string[] => {
        const raw = new Raw({ kernel });
        raw.connect(1);
        raw.accept();
        const reply = raw.send(1, probe);
        const sock = [...raw.kernel.net.socks.values()].find((sk) => sk.rport === 1 && sk.state !== 'LISTEN');
        if (kernel !== '2.6.32') expect(reply).toEqual([expect.stringMatching(/^\. 1:1/)]);
        return [sock?.state ?? 'gone'];
      };
      return [after('S 1100:1100(0) win 9'), after('R 1100:1100(0) win 0')];
    });
  });
});

describe('what came with a newer kernel', () => {
  const optionsUnknown = (kernel: string): string[] => {
    const host = new Host({ profile: linux(kernel)! });
    const fd = host.socket();
    return SOCK_OPTION_NAMES.filter((name) => {
      const got = host.kernel.getsockopt(host.task, fd, name);
      return !got.ok && got.errno === 'ENOPROTOOPT';
    });
  };

  const OPTIONS: Kernels<string[]> = [
    [
      '2.6.32',
      [
        'IP_BIND_ADDRESS_NO_PORT',
        'IP_LOCAL_PORT_RANGE',
        'SO_REUSEPORT',
        'TCP_RTO_MAX_MS',
        'TCP_USER_TIMEOUT',
      ],
    ],
    ['3.10', ['IP_BIND_ADDRESS_NO_PORT', 'IP_LOCAL_PORT_RANGE', 'TCP_RTO_MAX_MS']],
    ['4.4 4.19 5.4 5.15 6.1', ['IP_LOCAL_PORT_RANGE', 'TCP_RTO_MAX_MS']],
    ['6.12', ['TCP_RTO_MAX_MS']],
    ['6.18', []],
  ];

  it('getsockopt() of an option the kernel does not know: ENOPROTOOPT', () => {
    eachKernel(OPTIONS, (kernel) => optionsUnknown(kernel).sort());
  });

  it('setsockopt() says the same, and the option stays as it was', () => {
    eachKernel(OPTIONS, (kernel) => {
      const host = new Host({ profile: linux(kernel)! });
      const fd = host.socket();
      const values = [
        ['IP_BIND_ADDRESS_NO_PORT', 1],
        ['IP_LOCAL_PORT_RANGE', 40_000 | (40_010 << 16)],
        ['SO_REUSEPORT', 1],
        ['TCP_RTO_MAX_MS', 5000],
        ['TCP_USER_TIMEOUT', 5000],
      ] as const;
      const before = structuredClone(host.kernel.net.socks.values().next().value!.options);
      const refused = values.filter(
        ([name, value]) => errnoOf(host.kernel.setsockopt(host.task, fd, name, value)) === 'ENOPROTOOPT',
      );
      const after = host.kernel.net.socks.values().next().value!.options;
      const changed = Object.keys(after).filter((key) => after[key as never] !== before[key as never]);
      // IP_LOCAL_PORT_RANGE is kept as its two ends.
      const both = kernel === '6.12' || kernel === '6.18' ? 1 : 0;
      expect(changed.length).toBe(values.length - refused.length + both);
      return refused.map(([name]) => name);
    });
  });

  it('writing a sysctl the kernel does not have: ENOENT', () => {
    const since: Kernels<string[]> = [
      [
        '2.6.32',
        [
          'ip_autobind_reuse',
          'ip_local_reserved_ports',
          'ip_unprivileged_port_start',
          'tcp_autocorking',
          'tcp_challenge_ack_limit',
          'tcp_early_retrans',
          'tcp_fastopen',
          'tcp_invalid_ratelimit',
          'tcp_migrate_req',
          'tcp_min_rtt_wlen',
          'tcp_min_snd_mss',
          'tcp_pingpong_thresh',
          'tcp_recovery',
          'tcp_reflect_tos',
          'tcp_rto_max_ms',
          'tcp_rto_min_us',
          'tcp_syn_linear_timeouts',
          'tcp_tw_reuse_delay',
        ],
      ],
      [
        '3.10',
        [
          'ip_autobind_reuse',
          'ip_unprivileged_port_start',
          'tcp_autocorking',
          'tcp_invalid_ratelimit',
          'tcp_migrate_req',
          'tcp_min_rtt_wlen',
          'tcp_min_snd_mss',
          'tcp_pingpong_thresh',
          'tcp_recovery',
          'tcp_reflect_tos',
          'tcp_rto_max_ms',
          'tcp_rto_min_us',
          'tcp_syn_linear_timeouts',
          'tcp_tw_reuse_delay',
        ],
      ],
      [
        '4.4',
        [
          'ip_autobind_reuse',
          'ip_unprivileged_port_start',
          'tcp_migrate_req',
          'tcp_pingpong_thresh',
          'tcp_reflect_tos',
          'tcp_rto_max_ms',
          'tcp_rto_min_us',
          'tcp_syn_linear_timeouts',
          'tcp_tw_reuse_delay',
        ],
      ],
      [
        '4.19 5.4',
        [
          'ip_autobind_reuse',
          'tcp_migrate_req',
          'tcp_pingpong_thresh',
          'tcp_reflect_tos',
          'tcp_rto_max_ms',
          'tcp_rto_min_us',
          'tcp_syn_linear_timeouts',
          'tcp_tw_reuse_delay',
        ],
      ],
      [
        '5.15 6.1',
        [
          'tcp_pingpong_thresh',
          'tcp_rto_max_ms',
          'tcp_rto_min_us',
          'tcp_syn_linear_timeouts',
          'tcp_tw_reuse_delay',
        ],
      ],
      ['6.12', ['tcp_rto_max_ms', 'tcp_tw_reuse_delay']],
      ['6.18', []],
    ];
    eachKernel(since, (kernel) => {
      const { kernel: k } = new Host({ profile: linux(kernel)! });
      const names = Object.keys(SYSCTLS) as SysctlName[];
      const refused = names.filter((name) => errnoOf(k.setSysctl(name, k.sysctl(name))) === 'ENOENT');
      return refused.map((name) => name.slice('net.ipv4.'.length)).sort();
    });
  });

  it('a namespace starts without settings that its kernel does not have', () => {
    const rows: Kernels<number> = [
      ['2.6.32 3.10 4.4 4.19 5.4 5.15 6.1 6.12', 120_000],
      ['6.18', 5000],
    ];
    eachKernel(rows, (kernel) => {
      const host = new Host({ profile: linux(kernel)!, sysctls: { 'net.ipv4.tcp_rto_max_ms': 5000 } });
      return host.kernel.sysctl('net.ipv4.tcp_rto_max_ms');
    });
  });

  it('names the kernels that have a sysctl', () => {
    expect(kernelsWith('net.ipv4.tcp_migrate_req')).toEqual(['6.18', '6.12', '6.1', '5.15']);
    expect(kernelsWith('net.core.somaxconn')).toEqual(PROFILE_NAMES);
  });
});
