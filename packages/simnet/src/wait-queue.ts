// Who sleeps on which socket of a host, and who is woken: the wait queue of a socket as Linux keeps it. Sleepers in
// recv(), send(), connect() and poll() are not exclusive: every wake-up reaches all of them. Sleepers in accept() are
// exclusive: they queue in the order of their coming, and one new connection wakes one.
//
// @kernel __wake_up_common kernel/sched/wait.c v6.18, prepare_to_wait_exclusive, pollwake fs/select.c v6.18

export interface Sleeper {
  readonly process: number;
  readonly exclusive: boolean;
  /** poll(): only wake-ups with one of these bits count; 0: all do. */
  readonly mask: number;
}

/** Sleepers by socket id, in the order of their coming. */
export type WaitQueues = Map<number, Sleeper[]>;

/** Puts a sleeper on the wait queue of a socket. */
export function sleepOn(queues: WaitQueues, sock: number, sleeper: Sleeper): void {
  const queue = queues.get(sock);
  if (queue === undefined) queues.set(sock, [sleeper]);
  else queue.push(sleeper);
}

/** Takes a process off the wait queues of these sockets. */
export function leaveQueues(queues: WaitQueues, process: number, socks: readonly number[]): void {
  for (const sock of socks) {
    const rest = (queues.get(sock) ?? []).filter((s) => s.process !== process);
    if (rest.length === 0) queues.delete(sock);
    else queues.set(sock, rest);
  }
}

/** Wake-up mask of a state change: everybody wakes. */
const WAKE_ALL = -1;

/** The processes that a wake-up with this mask reaches, in the order in which they wake. They stay on their queues. */
export function wakeUp(queues: WaitQueues, sock: number, mask: number): number[] {
  const queue = queues.get(sock);
  if (queue === undefined) return [];
  const hears = (s: Sleeper): boolean => mask === WAKE_ALL || s.mask === 0 || (s.mask & mask) !== 0;
  const shared = queue.filter((s) => !s.exclusive && hears(s)).map((s) => s.process);
  const exclusive = queue.filter((s) => s.exclusive).map((s) => s.process);
  return [...shared, ...(mask === WAKE_ALL ? exclusive : exclusive.slice(0, 1))];
}
