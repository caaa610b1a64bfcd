// The observer: a child that looks at the sockets and counters of all hosts. Queue lengths are samples, taken every few
// milliseconds, so a length that lasts shorter may be missed; the probes are taken when expectations want them.

import type { Calls } from './calls.ts';
import { monotonicNs, sleepUntil } from './clock.ts';
import { CounterFiles, type Counters, countersSince } from './proc-counters.ts';
import type { HostSample, Message, QueueRow, Start, Task } from './protocol.ts';
import { ALL_STATES, type DiagSocket, QUEUE_STATES, SockDiag } from './sock-diag.ts';

interface Watched {
  readonly diag: SockDiag;
  readonly files: CounterFiles;
  readonly before: Counters;
  /** The last rows told, as text: only changes are told. */
  told: string;
}

export interface ObserverHooks {
  tell(message: Message): void;
  /** Enters the namespace of host `index`. */
  enter(index: number): void;
  /** Waits for the start; null when there will be none. */
  start(): Start | null;
}

/** Listeners with their queues. Half-open requests belong to the listener of their local port. */
export function queueRows(sockets: readonly DiagSocket[]): QueueRow[] {
  return sockets
    .filter((s) => s.state === 'LISTEN')
    .map((s) => ({
      local: s.local,
      waiting: s.recvQ,
      backlog: s.sendQ,
      halfOpen: sockets.filter((other) => other.state === 'SYN-RECV' && other.localPort === s.localPort)
        .length,
      drops: s.drops,
    }));
}

const sample = (w: Watched): HostSample => ({
  counters: countersSince(w.before, w.files.read()),
  sockets: w.diag.dump(ALL_STATES),
});

function lookAtQueues(w: Watched, host: number, zeroNs: number, tell: ObserverHooks['tell']): void {
  const rows = queueRows(w.diag.dump(QUEUE_STATES));
  const text = JSON.stringify(rows);
  if (text === w.told) return;
  w.told = text;
  tell({ t: 'queues', host, atNs: monotonicNs() - zeroNs, rows });
}

/** Watches until the last probe. */
export function observe(calls: Calls, task: Task & { role: 'observer' }, hooks: ObserverHooks): void {
  const hosts: Watched[] = Array.from({ length: task.hosts }, (_, i) => {
    hooks.enter(i);
    const files = new CounterFiles();
    return { diag: new SockDiag(calls), files, before: files.read(), told: '[]' };
  });
  for (const w of hosts) sample(w);
  hooks.tell({ t: 'ready', threads: [] });
  const start = hooks.start();
  if (start === null) return;
  const { zeroNs } = start;
  let next = zeroNs;
  for (const atNs of task.probesNs) {
    for (; next < zeroNs + atNs; next = Math.max(next + task.everyNs, monotonicNs())) {
      sleepUntil(calls, next);
      for (const [i, w] of hosts.entries()) lookAtQueues(w, i, zeroNs, hooks.tell);
    }
    sleepUntil(calls, zeroNs + atNs);
    hooks.tell({ t: 'probe', atNs, hosts: hosts.map(sample) });
  }
}
