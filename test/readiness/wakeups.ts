// How many of eight waiting threads one event wakes, and how many system calls return. EVENTS events come one after the
// other; each takes a connection, or a byte of one.

import type { RunResult } from '@halfopen/simnet';
import type { Step } from './case.ts';

const THREADS = 8;
export const EVENTS = 20;

/** Per event: threads that woke, calls that returned to their threads, and of these how many found nothing. */
interface Wakeups {
  readonly woken: number;
  readonly returned: number;
  readonly empty: number;
}

export interface WakeupCase {
  readonly name: string;
  /** As measured on the real kernel. */
  readonly expected: Wakeups;
  /** The call that waits. */
  readonly call: string;
  readonly document: object;
  /** Thread numbers that got the events, when the order is the kernel's promise. */
  readonly winners: readonly number[] | null;
}

const FIRST_MS = 100;
const EVERY_MS = 6;
/** Threads begin one after the other, so that their order on the queue is known. */
const LISTENER = 3;
const EPOLL = 4;

const documentOf = (server: readonly Step[], thread: readonly Step[], client: readonly Step[]): object => ({
  format: 1,
  name: 'wakeups',
  duration: `${FIRST_MS + EVENTS * EVERY_MS + 100}ms`,
  hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
  links: [{ between: ['client', 'server'], latency: '200us' }],
  processes: [
    {
      host: 'server',
      name: 'server',
      program: 'steps',
      steps: [
        { socket: 's' },
        { bind: { fd: 's', port: 80 } },
        { listen: { fd: 's', backlog: 64 } },
        ...server,
        { sleep: '10s' },
      ],
      threads: [{ count: THREADS, start: '30ms', every: '2ms', steps: thread }],
    },
    { host: 'client', name: 'client', program: 'steps', start: '10ms', steps: [...client, { sleep: '10s' }] },
  ],
});

const rounds = (steps: readonly Step[]): Step[] =>
  Array.from({ length: EVENTS }, (_, i) => [{ until: `${FIRST_MS + i * EVERY_MS}ms` }, ...steps]).flat();

const connects: readonly Step[] = rounds([
  { socket: 'c' },
  { connect: { fd: 'c', to: 'server:80' } },
  { sleep: '3ms' },
  { close: 'c' },
]);

const repeat = (steps: readonly Step[]): Step[] => Array.from({ length: EVENTS * 2 }, () => steps).flat();
const useListener: Step = { use: { fd: 's', number: LISTENER } };
const accept: Step = { accept: { fd: 's', as: 'c', any: true } };
const nonblock: Step = { nonblock: 's' };
const wait: Step = { epoll_wait: { epoll: 'e', max: 1 } };
const listenerEvents = (bits: readonly string[]): Step => ({
  epoll_ctl: { epoll: 'e', op: 'ADD', fd: 's', events: ['EPOLLIN', ...bits] },
});

const ownEpoll = (bits: readonly string[]): object =>
  documentOf(
    [nonblock],
    [useListener, { epoll_create: 'e' }, listenerEvents(bits), ...repeat([wait, accept])],
    connects,
  );
const oneEpoll = (bits: readonly string[]): object =>
  documentOf(
    [nonblock, { epoll_create: 'e' }, listenerEvents(bits)],
    [useListener, { use: { fd: 'e', number: EPOLL } }, ...repeat([wait, accept])],
    connects,
  );

const inTurn = Array.from({ length: EVENTS }, (_, i) => i % THREADS);
const always = (thread: number): number[] => new Array<number>(EVENTS).fill(thread);

export const WAKEUP_CASES: readonly WakeupCase[] = [
  {
    name: 'accept(): one, in the order of their coming',
    call: 'accept',
    expected: { woken: 1, returned: 1, empty: 0 },
    winners: inTurn,
    document: documentOf([], [useListener, ...repeat([accept])], connects),
  },
  {
    name: 'poll(): all; those who find nothing sleep again inside the call',
    call: 'poll',
    expected: { woken: 8, returned: 1, empty: 0 },
    winners: null,
    document: documentOf(
      [nonblock],
      [useListener, ...repeat([{ poll: { fd: 's', events: ['POLLIN'] } }, accept])],
      connects,
    ),
  },
  {
    name: 'an epoll instance each, level-triggered: all',
    call: 'epoll_wait',
    expected: { woken: 8, returned: 1, empty: 0 },
    winners: null,
    document: ownEpoll([]),
  },
  {
    name: 'an epoll instance each, edge-triggered: all',
    call: 'epoll_wait',
    expected: { woken: 8, returned: 1, empty: 0 },
    winners: null,
    document: ownEpoll(['EPOLLET']),
  },
  {
    name: 'an epoll instance each, EPOLLEXCLUSIVE: one, always the first',
    call: 'epoll_wait',
    expected: { woken: 1, returned: 1, empty: 0 },
    winners: always(0),
    document: ownEpoll(['EPOLLEXCLUSIVE']),
  },
  {
    name: 'one epoll instance, level-triggered: two, since the item goes back to the list',
    call: 'epoll_wait',
    expected: { woken: 2, returned: 1, empty: 0 },
    winners: null,
    document: oneEpoll([]),
  },
  {
    name: 'one epoll instance, edge-triggered: one, the last to come',
    call: 'epoll_wait',
    expected: { woken: 1, returned: 1, empty: 0 },
    winners: always(THREADS - 1),
    document: oneEpoll(['EPOLLET']),
  },
  {
    name: 'recv() on one connection: all',
    call: 'recv',
    expected: { woken: 8, returned: 1, empty: 0 },
    winners: null,
    document: documentOf(
      [{ accept: { fd: 's', as: 'c' } }],
      [{ use: { fd: 'c', number: 4 } }, ...repeat([{ recv: { fd: 'c', bytes: 1 } }])],
      [
        { socket: 'c' },
        { connect: { fd: 'c', to: 'server:80' } },
        ...rounds([{ send: { fd: 'c', bytes: 1 } }]),
      ],
    ),
  },
];

/** Number of the thread of a process, from 0; null for the main one. */
const threadNumber = (process: string): number | null => {
  const part = Number(/^server#(\d+)$/.exec(process)?.[1] ?? 1);
  return part === 1 ? null : part - 2;
};

/** What the calls of a run say: how many returned per event, and who got them. */
export function returnsOf(
  { events }: RunResult,
  { call }: WakeupCase,
): { returned: number; empty: number; winners: number[] } {
  const calls = events.flatMap((e) =>
    e.type === 'call' && threadNumber(e.process) !== null
      ? [{ ...e, thread: threadNumber(e.process) as number }]
      : [],
  );
  const winning = call === 'recv' ? 'recv' : 'accept';
  const waits = calls.filter((e) => e.call.startsWith(`${call}(`));
  return {
    returned: waits.length / EVENTS,
    empty: calls.filter((e) => e.result === '-1 EAGAIN').length / EVENTS,
    winners: calls
      .filter((e) => e.call.startsWith(`${winning}(`) && !e.result.startsWith('-1'))
      .map((e) => e.thread),
  };
}

/** Wake-ups of the threads after the first event, per event; only the simulator writes them down. */
export const wokenOf = ({ events }: RunResult): number =>
  events.filter((e) => e.type === 'wake' && threadNumber(e.process) !== null && e.atNs >= FIRST_MS * 1e6)
    .length / EVENTS;
