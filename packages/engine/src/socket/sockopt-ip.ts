// The options of levels IPPROTO_IP and IPPROTO_IPV6 that TCP heeds. IPPROTO_IP ones work on AF_INET6 sockets too.

import { fail, OK, ok } from '../errno.ts';
import { unchargeReceive } from '../tcp/receive-memory.ts';
import { flag, type OptionRule, toInt } from './option-rule.ts';

/** The two low bits of the TOS byte belong to ECN. Source: INET_ECN_MASK, include/net/inet_ecn.h v6.18. */
const ECN_MASK = 3;
const PORT_BITS = 16;
const PORT_MASK = 0xffff;

/** Kept in 8 bits without a range check; TCP owns the ECN bits. @kernel __ip_sock_set_tos net/ipv4/ip_sockglue.c v6.18 */
const tos: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.tos),
  set: ({ sk }, value) => {
    sk.options.tos = (toInt(value) & 0xff & ~ECN_MASK) | (sk.options.tos & ECN_MASK);
    return OK;
  },
};

/** 1 to 255, or -1 for the system's default. @kernel do_ip_setsockopt net/ipv4/ip_sockglue.c v6.18 */
const ttl: OptionRule<number> = {
  get: ({ net, sk }) => ok(sk.options.ttl || net.sysctl['net.ipv4.ip_default_ttl']),
  set: ({ sk }, value) => {
    const int = toInt(value);
    if (int !== -1 && (int < 1 || int > 255)) return fail('EINVAL');
    sk.options.ttl = int === -1 ? 0 : int;
    return OK;
  },
};

/** EPERM without CAP_NET_RAW or CAP_NET_ADMIN, which here only uid 0 has. @kernel do_ip_setsockopt net/ipv4/ip_sockglue.c v6.18 simplified */
const transparent: OptionRule<number> = {
  get: ({ sk }) => ok(sk.options.transparent ? 1 : 0),
  set: ({ task, sk }, value) => {
    if (toInt(value) !== 0 && task.uid !== 0) return fail('EPERM');
    sk.options.transparent = toInt(value) !== 0;
    return OK;
  },
};

/** low | high << 16, an end of 0 being unset. EINVAL when low > high. @kernel do_ip_setsockopt net/ipv4/ip_sockglue.c v6.18 */
const localPortRange: OptionRule<number> = {
  get: ({ sk }) => ok(((sk.options.portRangeHigh << PORT_BITS) | sk.options.portRangeLow) >>> 0),
  set: ({ sk }, value) => {
    const low = value & PORT_MASK;
    const high = (value >>> PORT_BITS) & PORT_MASK;
    if (low !== 0 && high !== 0 && low > high) return fail('EINVAL');
    sk.options.portRangeLow = low;
    sk.options.portRangeHigh = high;
    return OK;
  },
};

/** EINVAL once the socket has a port; unknown to AF_INET sockets. @kernel do_ipv6_setsockopt net/ipv6/ipv6_sockglue.c v6.18 */
const v6Only: OptionRule<number> = {
  get: ({ sk }) => (sk.family === 4 ? fail('EOPNOTSUPP') : ok(sk.options.v6Only ? 1 : 0)),
  set: ({ sk }, value) => {
    if (sk.family === 4) return fail('ENOPROTOOPT');
    if (sk.bound) return fail('EINVAL');
    sk.options.v6Only = toInt(value) !== 0;
    return OK;
  },
};

/** Switching it off empties the error queue. @kernel do_ip_setsockopt net/ipv4/ip_sockglue.c v6.18 */
const recvErr: OptionRule<number> = {
  get: flag('recvErr').get,
  set: ({ sk }, value) => {
    sk.options.recvErr = toInt(value) !== 0;
    if (sk.options.recvErr) return OK;
    for (const { size } of sk.errorQueue) unchargeReceive(sk, size);
    sk.errorQueue.length = 0;
    return OK;
  },
};

/** Levels IPPROTO_IP and IPPROTO_IPV6. */
export const IP_OPTIONS = {
  IP_TOS: tos,
  IP_TTL: ttl,
  IP_FREEBIND: flag('freebind'),
  IP_TRANSPARENT: transparent,
  IP_BIND_ADDRESS_NO_PORT: flag('bindAddressNoPort'),
  IP_LOCAL_PORT_RANGE: localPortRange,
  IP_RECVERR: recvErr,
  IPV6_V6ONLY: v6Only,
} as const;
