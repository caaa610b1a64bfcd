// A call that sleeps keeps its file open: another thread of the process may close the descriptor meanwhile, and even open
// another file under its number. The call goes on with the file that it began with, and the socket closes when it
// returns. @kernel fdget, fdput include/linux/file.h v6.18

import type { Kernel } from '@halfopen/engine';
import type { Caller, Pending } from './blocking.ts';
import type { Call } from './call.ts';
import { forgetFile } from './epoll.ts';
import type { Waits } from './wait-queue.ts';

/** Calls that sleep on one descriptor. poll() looks its descriptors up each time, close() has none any more. */
const SLEEPERS: ReadonlySet<Call['name']> = new Set(['connect', 'accept', 'send', 'recv', 'epollWait']);

/** The call on the file that it holds. */
export const onHeld = (call: Call, held: number): Call =>
  call.name === 'epollWait' ? { ...call, epfd: held } : 'fd' in call ? { ...call, fd: held } : call;

/** Where threads share a table, a call that goes to sleep takes its file. */
export function hold(c: Caller, p: Pending): void {
  const { call } = p;
  if (!c.shared || p.held !== null || !SLEEPERS.has(call.name)) return;
  const held = c.kernel.holdFile(c.task, call.name === 'epollWait' ? call.epfd : 'fd' in call ? call.fd : -1);
  if (!held.ok) return;
  p.held = held.value;
  const number = c.kernel.socketId(c.task, held.value);
  const ep = number.ok ? c.waits.epolls.get(number.value) : undefined;
  if (ep !== undefined) ep.refs++;
}

/** The call returns. */
export function letGo(c: Caller, p: Pending): void {
  if (p.held === null) return;
  const number = c.kernel.socketId(c.task, p.held);
  c.kernel.dropFile(c.task, p.held);
  p.held = null;
  if (number.ok) forgetClosed(c, number.value);
}

/** A descriptor or a call has let a file go: when it was the last, the file leaves the epoll instances. */
export function forgetClosed({ kernel, waits }: { kernel: Kernel; waits: Waits }, number: number): void {
  if (number < 0 || kernel.pollSocket(number) === null) forgetFile(waits, number);
}

/** The end of a process closes its files. */
export function endFiles(kernel: Kernel, waits: Waits, task: number): void {
  const owner = kernel.net.tasks.get(task);
  const files = [...(owner?.files ?? []), ...(owner?.held ?? [])];
  kernel.endTask(task);
  for (const file of files) if (file !== null) forgetClosed({ kernel, waits }, file.sock);
}
