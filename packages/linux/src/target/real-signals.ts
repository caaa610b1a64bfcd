// Signals of a child on the real kernel. A handler without C: the address of abs() of the C library, which changes nothing
// and returns. Node has a handler for some signals and ignores SIGPIPE; a scenario's program begins as a fresh process
// does, with SIGPIPE ignored.

import { SIGNAL_NAMES, SIGNALS, type SignalAction, type SignalName } from '@halfopen/simnet';
import type { Calls } from './calls.ts';

// include/uapi/asm-generic/signal-defs.h, arch/x86/include/uapi/asm/signal.h v6.18
const SIG_DFL = 0n;
const SIG_IGN = 1n;
const SA_RESTART = 0x10000000;
/** struct sigaction of the C library on 64-bit machines: handler, mask of 128 bytes, flags, restorer. */
const SIZE = 152;
const FLAGS = 136;

/** System calls that an old C library has no function for. */
const NUMBERS = process.arch === 'arm64' ? { gettid: 178, tgkill: 131 } : { gettid: 186, tgkill: 234 };

/** What the kernel calls this thread. */
export const threadId = (calls: Calls): number => calls.syscall(NUMBERS.gettid, 0, 0, 0);

/** tgkill(2): 0, or -1 with an errno. */
export const signalThread = (calls: Calls, pid: number, tid: number, signal: SignalName): number =>
  calls.syscall(NUMBERS.tgkill, pid, tid, SIGNALS[signal]);

const handlerOf = (calls: Calls, { handler }: SignalAction): bigint => {
  if (handler === 'catch') return BigInt(calls.dlsym(null, 'abs'));
  return handler === 'SIG_IGN' ? SIG_IGN : SIG_DFL;
};

/** sigaction(2): 0, or -1 with an errno. */
export function setAction(calls: Calls, signal: SignalName, action: SignalAction): number {
  const bytes = new Uint8Array(SIZE);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, handlerOf(calls, action), true);
  view.setInt32(FLAGS, action.restart ? SA_RESTART : 0, true);
  return calls.sigaction(SIGNALS[signal], bytes, null);
}

/** Takes Node's own handlers away, so that each signal does here what it does to a program that says nothing. */
export function defaultActions(calls: Calls): void {
  for (const signal of SIGNAL_NAMES) {
    if (signal === 'SIGKILL' || signal === 'SIGPIPE' || signal === 'SIGCHLD') continue;
    setAction(calls, signal, { handler: 'SIG_DFL', restart: false });
  }
}
