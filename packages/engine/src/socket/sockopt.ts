// setsockopt(2) and getsockopt(2) as one typed table: the name of an option gives the type of its value. Numbers stand
// for C ints, switches included (0 or 1); times are ns.
// Leaves out option lengths.

import { fail, type Result } from '../errno.ts';
import type { Netns } from '../tcp/netns.ts';
import { fileOf, NOT_TCP, sockById, taskOf } from './fd-table.ts';
import type { OptionRule } from './option-rule.ts';
import { IP_OPTIONS } from './sockopt-ip.ts';
import { SOCKET_OPTIONS } from './sockopt-socket.ts';
import { TCP_OPTIONS } from './sockopt-tcp.ts';

const OPTIONS = { ...SOCKET_OPTIONS, ...IP_OPTIONS, ...TCP_OPTIONS } as const;

export type SockOptionName = keyof typeof OPTIONS;

export type SockOptionValue<N extends SockOptionName> =
  (typeof OPTIONS)[N] extends OptionRule<infer V> ? V : never;

/** Names that setsockopt() and getsockopt() know, by level. */
export const SOCK_OPTION_NAMES = Object.keys(OPTIONS) as readonly SockOptionName[];

const ruleOf = <N extends SockOptionName>(name: N): OptionRule<SockOptionValue<N>> =>
  OPTIONS[name] as unknown as OptionRule<SockOptionValue<N>>;

/** The option came with a newer kernel than this one. */
const isUnknown = (net: Netns, name: SockOptionName): boolean => net.profile.lacks.options.includes(name);

/**
 * Sets an option. EINVAL outside its range, ENOPROTOOPT when it cannot be set, the kernel is too
 * old for it or the socket is not TCP's, EPERM; EBADF,
 * ENOTSOCK. @kernel do_sock_setsockopt net/socket.c v6.18
 */
export function setsockopt<N extends SockOptionName>(
  net: Netns,
  task: number,
  fd: number,
  name: N,
  value: SockOptionValue<N>,
): Result<0> {
  const owner = taskOf(net, task);
  const file = fileOf(owner, fd);
  if (!file.ok) return file;
  if (file.value.sock === NOT_TCP || isUnknown(net, name)) return fail('ENOPROTOOPT');
  return ruleOf(name).set({ net, task: owner, sk: sockById(net, file.value.sock) }, value);
}

/**
 * Reads an option; SO_ERROR is consumed by it. EOPNOTSUPP for an IPv6 option of an AF_INET socket, ENOPROTOOPT when the
 * kernel is too old for it or the socket is not TCP's; EBADF, ENOTSOCK. @kernel do_sock_getsockopt net/socket.c v6.18
 */
export function getsockopt<N extends SockOptionName>(
  net: Netns,
  task: number,
  fd: number,
  name: N,
): Result<SockOptionValue<N>> {
  const owner = taskOf(net, task);
  const file = fileOf(owner, fd);
  if (!file.ok) return file;
  if (file.value.sock === NOT_TCP || isUnknown(net, name)) return fail('ENOPROTOOPT');
  return ruleOf(name).get({ net, task: owner, sk: sockById(net, file.value.sock) });
}
