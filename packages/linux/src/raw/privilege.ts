// What one thread may do, for the length of one call: another effective user, or no free descriptor.

import { HostError } from '../libc.ts';
import type { Calls } from '../target/calls.ts';

/** By machine: the raw call, since the C library's own changes every thread. Source: syscall tables v6.18. */
const SETRESUID: { readonly [arch: string]: number } = { x64: 117, arm64: 147 };
const RLIMIT_NOFILE = 7;
const RLIMIT_SIZE = 16;

function setEffective(calls: Calls, uid: number): void {
  const number = SETRESUID[process.arch];
  if (number === undefined) throw new HostError('system-call', `setresuid is not known on ${process.arch}`);
  if (calls.syscall(number, -1, uid, -1) !== 0)
    throw new HostError('system-call', `setresuid: ${calls.errno()}`);
}

/** Runs one call as a user, whose capabilities are none when it is not root. */
export function asUser<T>(calls: Calls, uid: number, call: () => T): T {
  if (uid === 0) return call();
  setEffective(calls, uid);
  let result: T;
  try {
    result = call();
  } finally {
    setEffective(calls, 0);
  }
  return result;
}

/** Runs one call while the soft limit of descriptors is 0. */
export function withoutFiles<T>(calls: Calls, call: () => T): T {
  const before = new Uint8Array(RLIMIT_SIZE);
  calls.prlimit(0, RLIMIT_NOFILE, null, before);
  const none = before.slice();
  none.fill(0, 0, RLIMIT_SIZE / 2);
  calls.prlimit(0, RLIMIT_NOFILE, none, null);
  try {
    return call();
  } finally {
    calls.prlimit(0, RLIMIT_NOFILE, before, null);
  }
}
