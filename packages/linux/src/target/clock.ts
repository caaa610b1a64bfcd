// CLOCK_MONOTONIC, which the parent and its children share: time 0 of a scenario is one value of it. Node's own timers
// may be a millisecond early or late, so the parent is woken by a timerfd and the children sleep with clock_nanosleep().

import { closeSync, readdirSync, readFileSync, readSync } from 'node:fs';
import { HostError, type Libc, type PollHandle } from '../libc.ts';
import { type Calls, loadCalls } from './calls.ts';

const CLOCK_MONOTONIC = 1;
const TIMER_ABSTIME = 1;
// include/linux/timerfd.h, include/uapi/linux/timerfd.h v6.18
const TFD_NONBLOCK = 0o4000;
const TFD_CLOEXEC = 0o2000000;
const TFD_TIMER_ABSTIME = 1;
const EINTR = 4;

/** CLOCK_MONOTONIC in ns: an exact number for 104 days after boot. */
export const monotonicNs = (): number => Number(process.hrtime.bigint());

const CLOCK_THREAD_CPUTIME_ID = 3;
const reading = new Uint8Array(16);
const readingView = new DataView(reading.buffer);

/** CPU time that this thread has used, ns; null when the clock cannot be read. */
export function threadCpuNs(calls: Calls): number | null {
  if (calls.clock_gettime(CLOCK_THREAD_CPUTIME_ID, reading) !== 0) return null;
  return Number(readingView.getBigInt64(0, true)) * 1e9 + Number(readingView.getBigInt64(8, true));
}

/** struct timespec of a time or a span of `ns`. */
export function timespec(ns: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setBigInt64(0, BigInt(Math.floor(ns / 1e9)), true);
  view.setBigInt64(8, BigInt(Math.round(ns % 1e9)), true);
  return bytes;
}

/** Blocks the thread until CLOCK_MONOTONIC shows `ns`. Infinity blocks for ever. */
export function sleepUntil(calls: Calls, ns: number): void {
  const until = timespec(Math.min(ns, 2 ** 53));
  while (monotonicNs() < ns) {
    const error = calls.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, until, null);
    if (error !== 0 && error !== EINTR) throw new HostError('system-call', `clock_nanosleep: errno ${error}`);
  }
}

/** The same, but a signal ends it: then it is false. */
export function sleepUntilSignal(calls: Calls, ns: number): boolean {
  const until = timespec(Math.min(ns, 2 ** 53));
  const error = calls.clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, until, null);
  if (error !== 0 && error !== EINTR) throw new HostError('system-call', `clock_nanosleep: errno ${error}`);
  return error === 0;
}

/** Wakes the event loop at a given CLOCK_MONOTONIC time, to some tens of microseconds. */
export interface Alarm {
  /** Rings at `ns` instead of any earlier wish; Infinity: not at all. */
  set(ns: number): void;
  close(): void;
}

/** Throws HostError `system-call`. */
export function openAlarm(libc: Libc, ring: () => void): Alarm {
  const calls = loadCalls();
  const fd = calls.timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  if (fd < 0) throw new HostError('system-call', `timerfd_create: ${calls.errno()}`);
  const ticks = new Uint8Array(8);
  let handle: PollHandle | null = libc.poll(fd, () => {
    if (libc.read(fd, ticks, 8) === 8) ring();
  });
  return {
    set: (ns) => {
      const value = new Uint8Array(32);
      // All zero disarms the timer.
      if (ns !== Number.POSITIVE_INFINITY) value.set(timespec(Math.max(1, ns)), 16);
      calls.timerfd_settime(fd, TFD_TIMER_ABSTIME, value, null);
    },
    close: () => {
      if (handle === null) return;
      handle.close();
      handle = null;
      closeSync(fd);
    },
  };
}

const SCHED_FIFO = 1;
const SCHED_OTHER = 0;

/**
 * Asks for a real-time priority for this thread (0: back to the ordinary scheduler), so that other work of the machine
 * does not delay a scenario. False when this user may not.
 */
export function realTimePriority(calls: Calls, priority: number): boolean {
  const parameter = new Uint8Array(4);
  new DataView(parameter.buffer).setInt32(0, priority, true);
  return calls.sched_setscheduler(0, priority > 0 ? SCHED_FIFO : SCHED_OTHER, parameter) === 0;
}

/** Of the threads that V8 keeps for itself: the lowest that is real-time. */
const HELPER_PRIORITY = 1;
/** Fields of /proc/PID/stat behind the name of the command, which may hold spaces. Source: proc_pid_stat(5). */
const RT_PRIORITY_FIELD = 40;
const FIRST_FIELD = 3;

/** Real-time priority in the text of a thread's stat file; 0: it has none. */
export function priorityIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(fields[RT_PRIORITY_FIELD - FIRST_FIELD]);
}

/**
 * Lifts the other threads of this process over ordinary work, or lets them down again. A garbage collection shares its
 * work among them and then waits for all: while they stand behind the other work of a busy machine, so does a thread with
 * a real-time priority, for tens of milliseconds.
 */
export function liftHelpers(calls: Calls, lifted: boolean): void {
  const [from, to] = lifted ? [0, HELPER_PRIORITY] : [HELPER_PRIORITY, 0];
  const parameter = new Uint8Array(4);
  new DataView(parameter.buffer).setInt32(0, to, true);
  for (const thread of readdirSync('/proc/self/task')) {
    try {
      if (priorityIn(readFileSync(`/proc/self/task/${thread}/stat`, 'utf8')) !== from) continue;
    } catch {
      continue; // It has ended.
    }
    calls.sched_setscheduler(Number(thread), lifted ? SCHED_FIFO : SCHED_OTHER, parameter);
  }
}

/** Blocks the process until a line comes on `fd`; null at end of file. */
export function readLineSync(fd: number): string | null {
  const parts: string[] = [];
  const chunk = new Uint8Array(65536);
  for (;;) {
    const n = readSync(fd, chunk, 0, chunk.length, null);
    if (n === 0) return parts.length === 0 ? null : parts.join('');
    const text = Buffer.from(chunk.subarray(0, n)).toString('utf8');
    parts.push(text);
    if (text.endsWith('\n')) return parts.join('').trimEnd();
  }
}
