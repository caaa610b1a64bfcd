// The sysctls that the engine reads, as one typed table: full kernel name, default (Linux 6.18), range, meaning, source.
// Defaults of other kernels are data in `profile.ts`. Writing a sysctl never touches objects that copied its value
// earlier (somaxconn at listen(), for one), as in Linux.

import { fail, OK, type Result } from './errno.ts';
import { formatPortList, parsePortList } from './port-list.ts';

export interface SysctlInfo {
  /** Value on Linux 6.18 with 24 GB of memory (the table sizes depend on memory). */
  readonly default: number | string | readonly [number, number] | readonly [number, number, number];
  /** Least and greatest number; of a list of ports, such as `8080,9000-9010`, the ports. */
  readonly min: number;
  readonly max: number;
  readonly unit: string;
  readonly meaning: string;
  /** Kernel symbol that reads it. */
  readonly source: string;
}

const INT_MAX = 2147483647;
const INT_MIN = -2147483648;

const entry = (
  value: SysctlInfo['default'],
  min: number,
  max: number,
  unit: string,
  meaning: string,
  source: string,
): SysctlInfo => ({ default: value, min, max, unit, meaning, source });

export const SYSCTLS = {
  'net.core.somaxconn': entry(
    4096,
    0,
    INT_MAX,
    'connections',
    'cap on listen() backlog, copied at listen()',
    '__sys_listen',
  ),
  'net.core.netdev_max_backlog': entry(
    1000,
    0,
    INT_MAX,
    'packets',
    'packets that may wait for softirq on a CPU; on hosts with a CPU model',
    'enqueue_to_backlog',
  ),
  'net.core.rmem_max': entry(
    4194304,
    2304,
    INT_MAX,
    'bytes',
    'cap on SO_RCVBUF; enters the window scale',
    'tcp_select_initial_window',
  ),
  'net.core.wmem_max': entry(4194304, 4608, INT_MAX, 'bytes', 'cap on SO_SNDBUF', 'sk_setsockopt'),
  'net.ipv4.ip_default_ttl': entry(64, 1, 255, 'hops', 'TTL of packets sent', 'ip_queue_xmit'),
  'net.ipv4.ip_local_port_range': entry(
    [32768, 60999],
    1,
    65535,
    'ports',
    'range for ports chosen by the kernel, both ends included',
    'inet_get_local_port_range',
  ),
  'net.ipv4.ip_local_reserved_ports': entry(
    '',
    0,
    65535,
    'ports',
    'ports such as 8080,9000-9010 that the kernel does not choose by itself',
    'inet_is_local_reserved_port',
  ),
  'net.ipv4.ip_unprivileged_port_start': entry(
    1024,
    0,
    65535,
    'port',
    'first port that needs no CAP_NET_BIND_SERVICE',
    '__inet_bind',
  ),
  'net.ipv4.ip_autobind_reuse': entry(
    0,
    0,
    1,
    'switch',
    'bind(0) may share ports of SO_REUSEADDR sockets',
    'inet_csk_find_open_port',
  ),
  'net.ipv4.ip_nonlocal_bind': entry(
    0,
    0,
    1,
    'switch',
    'bind() to an address that is not local',
    '__inet_bind',
  ),
  'net.ipv6.bindv6only': entry(0, 0, 1, 'switch', 'default of IPV6_V6ONLY', 'inet6_create'),
  'net.ipv4.tcp_abort_on_overflow': entry(
    0,
    0,
    255,
    'switch',
    'answer a third ACK that finds the accept queue full with RST',
    'tcp_check_req',
  ),
  'net.ipv4.tcp_adv_win_scale': entry(
    1,
    -31,
    31,
    'shift',
    'share of the receive buffer offered as window',
    'tcp_win_from_space',
  ),
  'net.ipv4.tcp_autocorking': entry(
    1,
    0,
    1,
    'switch',
    'hold back small segments while others are queued below TCP',
    'tcp_should_autocork',
  ),
  'net.ipv4.tcp_base_mss': entry(1024, 0, INT_MAX, 'bytes', 'start of path MTU probing', 'tcp_mtup_init'),
  'net.ipv4.tcp_challenge_ack_limit': entry(
    INT_MAX,
    0,
    INT_MAX,
    'per second',
    'challenge ACKs of the whole namespace',
    'tcp_send_challenge_ack',
  ),
  'net.ipv4.tcp_early_retrans': entry(
    3,
    0,
    4,
    'mode',
    '3 or 4: tail loss probes on',
    'tcp_schedule_loss_probe',
  ),
  'net.ipv4.tcp_ecn': entry(2, 0, 2, 'mode', '0 off, 1 ask and answer, 2 answer only', 'tcp_ecn_send_syn'),
  'net.ipv4.tcp_fastopen': entry(1, 0, INT_MAX, 'bits', '1 client, 2 server', 'tcp_try_fastopen'),
  'net.ipv4.tcp_fin_timeout': entry(60, 1, INT_MAX, 's', 'life of an orphan in FIN-WAIT-2', 'tcp_fin_time'),
  'net.ipv4.tcp_frto': entry(
    2,
    0,
    2,
    'mode',
    'detection of spurious retransmission timeouts',
    'tcp_enter_loss',
  ),
  'net.ipv4.tcp_invalid_ratelimit': entry(
    500,
    0,
    INT_MAX,
    'ms',
    'least time between ACKs to invalid segments of one connection',
    'tcp_oow_rate_limited',
  ),
  'net.ipv4.tcp_keepalive_intvl': entry(75, 1, 32767, 's', 'between keepalive probes', 'tcp_keepalive_timer'),
  'net.ipv4.tcp_keepalive_probes': entry(
    9,
    1,
    255,
    'probes',
    'unanswered keepalive probes until reset',
    'tcp_keepalive_timer',
  ),
  'net.ipv4.tcp_keepalive_time': entry(
    7200,
    1,
    32767,
    's',
    'idle time until the first keepalive probe',
    'tcp_keepalive_timer',
  ),
  'net.ipv4.tcp_max_orphans': entry(
    131072,
    0,
    INT_MAX,
    'sockets',
    'closed sockets still in the closing handshake',
    'tcp_too_many_orphans',
  ),
  'net.ipv4.tcp_max_syn_backlog': entry(
    2048,
    INT_MIN,
    INT_MAX,
    'requests',
    'limit for unproven peers, read only with tcp_syncookies=0',
    'tcp_conn_request',
  ),
  'net.ipv4.tcp_max_tw_buckets': entry(
    131072,
    0,
    INT_MAX,
    'sockets',
    'TIME-WAIT sockets kept',
    'inet_twsk_alloc',
  ),
  'net.ipv4.tcp_migrate_req': entry(
    0,
    0,
    1,
    'switch',
    'move requests to another SO_REUSEPORT listener on close',
    'inet_csk_listen_stop',
  ),
  'net.ipv4.tcp_min_rtt_wlen': entry(
    300,
    0,
    86400,
    's',
    'window of the minimum RTT filter',
    'tcp_update_rtt_min',
  ),
  'net.ipv4.tcp_min_snd_mss': entry(
    48,
    40,
    65535,
    'bytes',
    'least MSS used for sending, whatever the peer offers',
    'tcp_mtu_to_mss',
  ),
  'net.ipv4.tcp_moderate_rcvbuf': entry(
    1,
    0,
    1,
    'switch',
    'receive buffer autotuning',
    'tcp_rcv_space_adjust',
  ),
  'net.ipv4.tcp_no_metrics_save': entry(
    0,
    0,
    1,
    'switch',
    'do not remember RTT per peer',
    'tcp_update_metrics',
  ),
  'net.ipv4.tcp_orphan_retries': entry(0, 0, 255, 'retries', 'for orphans; 0 means 8', 'tcp_orphan_retries'),
  'net.ipv4.tcp_pingpong_thresh': entry(
    1,
    1,
    255,
    'count',
    'replies until delayed ACKs replace quick ACKs',
    'inet_csk_inc_pingpong_cnt',
  ),
  'net.ipv4.tcp_recovery': entry(1, 0, INT_MAX, 'bits', '1 RACK loss detection', 'tcp_is_rack'),
  'net.ipv4.tcp_reflect_tos': entry(
    0,
    0,
    1,
    'switch',
    'SYN-ACK carries the TOS of the SYN',
    'tcp_v4_send_synack',
  ),
  'net.ipv4.tcp_reordering': entry(
    3,
    1,
    INT_MAX,
    'segments',
    'duplicate ACKs that mean loss',
    'tcp_init_sock',
  ),
  'net.ipv4.tcp_retries1': entry(
    3,
    0,
    255,
    'retries',
    'until the route is looked at again',
    'tcp_write_timeout',
  ),
  'net.ipv4.tcp_retries2': entry(
    15,
    0,
    INT_MAX,
    'retries',
    'until an established connection is given up',
    'tcp_write_timeout',
  ),
  'net.ipv4.tcp_rfc1337': entry(0, 0, 1, 'switch', 'ignore RST in TIME-WAIT', 'tcp_timewait_state_process'),
  'net.ipv4.tcp_rmem': entry(
    [4096, 131072, 33554432],
    1,
    INT_MAX,
    'bytes',
    'receive buffer: least, default, most',
    'tcp_init_sock',
  ),
  'net.ipv4.tcp_rto_max_ms': entry(
    120000,
    1000,
    120000,
    'ms',
    'cap of the retransmission timeout',
    'tcp_rto_max',
  ),
  'net.ipv4.tcp_rto_min_us': entry(
    200000,
    1,
    INT_MAX,
    'us',
    'floor of the RTT variance part of the retransmission timeout',
    'tcp_rto_min',
  ),
  'net.ipv4.tcp_sack': entry(1, 0, 1, 'switch', 'selective acknowledgements', 'tcp_syn_options'),
  'net.ipv4.tcp_slow_start_after_idle': entry(
    1,
    0,
    1,
    'switch',
    'restart the congestion window after an idle RTO',
    'tcp_cwnd_restart',
  ),
  'net.ipv4.tcp_syn_linear_timeouts': entry(
    4,
    0,
    127,
    'timeouts',
    'SYN timeouts before the timeout doubles',
    'tcp_retransmit_timer',
  ),
  'net.ipv4.tcp_syn_retries': entry(6, 1, 127, 'retries', 'SYN retransmissions', 'tcp_write_timeout'),
  'net.ipv4.tcp_synack_retries': entry(
    5,
    0,
    255,
    'retries',
    'SYN-ACK retransmissions',
    'reqsk_timer_handler',
  ),
  'net.ipv4.tcp_syncookies': entry(
    1,
    0,
    255,
    'mode',
    '0 off, 1 when the request queue is full, 2 always',
    'tcp_conn_request',
  ),
  'net.ipv4.tcp_timestamps': entry(
    1,
    0,
    2,
    'mode',
    '0 off, 1 on with random offset, 2 on without offset',
    'secure_tcp_ts_off',
  ),
  'net.ipv4.tcp_tw_reuse': entry(
    2,
    0,
    2,
    'mode',
    'reuse TIME-WAIT for outgoing connections: 0 no, 1 yes, 2 on loopback',
    'tcp_twsk_unique',
  ),
  'net.ipv4.tcp_tw_reuse_delay': entry(
    1000,
    1,
    60000,
    'ms',
    'age at which a TIME-WAIT socket may be reused',
    'tcp_twsk_unique',
  ),
  'net.ipv4.tcp_window_scaling': entry(1, 0, 1, 'switch', 'window scale option', 'tcp_syn_options'),
  'net.ipv4.tcp_wmem': entry(
    [4096, 16384, 4194304],
    1,
    INT_MAX,
    'bytes',
    'send buffer: least, default, most',
    'tcp_init_sock',
  ),
} as const satisfies Record<string, SysctlInfo>;

export type SysctlName = keyof typeof SYSCTLS;

type Widen<T> = T extends number
  ? number
  : T extends readonly [number, number, number]
    ? [number, number, number]
    : [number, number];
type InfoTable = typeof SYSCTLS;
type TupleKeys = 'net.ipv4.ip_local_port_range';
type TripleKeys = 'net.ipv4.tcp_rmem' | 'net.ipv4.tcp_wmem';
type TextKeys = 'net.ipv4.ip_local_reserved_ports';

/** The sysctl values of one namespace. Reserved ports are kept as pairs too (`Netns.reservedPorts`). */
export type Sysctls = {
  [N in SysctlName]: N extends TupleKeys
    ? [number, number]
    : N extends TripleKeys
      ? [number, number, number]
      : N extends TextKeys
        ? string
        : Widen<InfoTable[N]['default'] & number>;
};

export type SysctlValue = number | string | readonly number[];

/** How many numbers the value has; 0 when it is a text. */
export const sysctlSize = ({ default: value }: SysctlInfo): number =>
  typeof value === 'string' ? 0 : typeof value === 'number' ? 1 : value.length;

export const isSysctl = (name: string): name is SysctlName => Object.hasOwn(SYSCTLS, name);

/** Defaults of Linux 6.18. */
export function defaultSysctls(): Sysctls {
  const out: Record<string, SysctlValue> = {};
  for (const [name, info] of Object.entries(SYSCTLS)) {
    const value: SysctlValue = info.default;
    out[name] = typeof value === 'object' ? [...value] : value;
  }
  return out as Sysctls;
}

/** The value as it is kept and shown, or null when it is outside the range or of the wrong shape. */
function accepted(name: SysctlName, value: SysctlValue): number | string | number[] | null {
  const info: SysctlInfo = SYSCTLS[name];
  const size = sysctlSize(info);
  if (size === 0) {
    const pairs = typeof value === 'object' ? null : parsePortList(String(value));
    return pairs === null ? null : formatPortList(pairs);
  }
  if (typeof value === 'string') return null;
  const list = typeof value === 'number' ? [value] : value;
  const inRange = list.every((n) => Number.isInteger(n) && n >= info.min && n <= info.max);
  if (list.length !== size || !inRange) return null;
  if (name === 'net.ipv4.ip_local_port_range' && (list[0] as number) > (list[1] as number)) return null;
  return size === 1 ? (list[0] as number) : [...list];
}

/**
 * Writes one sysctl as `sysctl -w` does; a list of ports is kept sorted and joined, as the kernel shows it. EINVAL for a
 * value outside its range or of the wrong shape; the value then stays as it was.
 */
export function writeSysctl(values: Sysctls, name: SysctlName, value: SysctlValue): Result<0> {
  const kept = accepted(name, value);
  if (kept === null) return fail('EINVAL');
  (values as Record<string, number | string | number[]>)[name] = kept;
  return OK;
}
