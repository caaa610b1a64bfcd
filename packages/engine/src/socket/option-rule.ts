// One socket option: how it is read and how it is written. The tables of rules are in sockopt-*.ts.

import { fail, OK, ok, type Result } from '../errno.ts';
import type { Sock, SockOptions } from '../sock.ts';
import { NS_PER_MS } from '../tcp/clock.ts';
import type { Netns, Task } from '../tcp/netns.ts';

export interface OptionContext {
  readonly net: Netns;
  readonly task: Task;
  readonly sk: Sock;
}

export interface OptionRule<V> {
  get(context: OptionContext): Result<V>;
  set(context: OptionContext, value: V): Result<0>;
}

/** The keys of SockOptions that hold a T. */
type KeysOf<T> = { [K in keyof SockOptions]: SockOptions[K] extends T ? K : never }[keyof SockOptions];

/** What C makes of a number given as int. */
export const toInt = (value: number): number => value | 0;

/** An int that means false when 0, read back as 0 or 1. @kernel sk_setsockopt net/core/sock.c v6.18 */
export const flag = (key: KeysOf<boolean>): OptionRule<number> => ({
  get: ({ sk }) => ok(sk.options[key] ? 1 : 0),
  set: ({ sk }, value) => {
    sk.options[key] = toInt(value) !== 0;
    return OK;
  },
});

/** A number kept as it is; EINVAL outside [min, max]. `shown` is what an unset option (0) reads as. */
export const ranged = (
  key: KeysOf<number>,
  min: number,
  max: number,
  shown: (net: Netns) => number = () => 0,
): OptionRule<number> => ({
  get: ({ net, sk }) => ok(sk.options[key] || shown(net)),
  set: ({ sk }, value) => {
    const int = toInt(value);
    if (int < min || int > max) return fail('EINVAL');
    sk.options[key] = int;
    return OK;
  },
});

/** An option that can only be read; setsockopt() says ENOPROTOOPT. */
export const readOnly = <V>(get: (context: OptionContext) => V): OptionRule<V> => ({
  get: (context) => ok(get(context)),
  set: () => fail('ENOPROTOOPT'),
});

/** Whole jiffies that last `ns` or longer, ns; exact when the profile has no jiffies. @kernel nsecs_to_jiffies kernel/time/time.c v6.18 */
export function roundUpToJiffy(net: Netns, ns: number): number {
  if (net.profile.hz === 0) return ns;
  const jiffy = 1e9 / net.profile.hz;
  return Math.ceil(ns / jiffy) * jiffy;
}

/** `roundUpToJiffy` for ms. */
export const roundUpMs = (net: Netns, ms: number): number =>
  Math.floor(roundUpToJiffy(net, ms * NS_PER_MS) / NS_PER_MS);
