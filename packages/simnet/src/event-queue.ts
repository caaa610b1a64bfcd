// The world's one queue of things to come: a binary heap ordered by (time, insertion). Entries are plain data, so the
// queue is part of a snapshot.

export interface Queued<E> {
  readonly atNs: number;
  /** Insertion number: equal times leave in the order they came. */
  readonly order: number;
  readonly event: E;
}

export interface EventQueue<E> {
  heap: Queued<E>[];
  nextOrder: number;
}

export const newEventQueue = <E>(): EventQueue<E> => ({ heap: [], nextOrder: 1 });

const before = (a: Queued<unknown>, b: Queued<unknown>): boolean =>
  a.atNs < b.atNs || (a.atNs === b.atNs && a.order < b.order);

/** Puts an event in at `atNs`. */
export function enqueue<E>(queue: EventQueue<E>, atNs: number, event: E): void {
  const { heap } = queue;
  const entry: Queued<E> = { atNs, order: queue.nextOrder++, event };
  let i = heap.length;
  heap.push(entry);
  while (i > 0) {
    const parent = (i - 1) >> 1;
    if (!before(entry, heap[parent] as Queued<E>)) break;
    heap[i] = heap[parent] as Queued<E>;
    i = parent;
  }
  heap[i] = entry;
}

/** Time of the next event, ns; Infinity when there is none. */
export const nextEventAt = (queue: EventQueue<unknown>): number =>
  queue.heap[0]?.atNs ?? Number.POSITIVE_INFINITY;

/** Takes the next event out; null when there is none. */
export function dequeue<E>(queue: EventQueue<E>): Queued<E> | null {
  const { heap } = queue;
  const first = heap[0];
  const last = heap.pop();
  if (first === undefined || last === undefined) return null;
  if (heap.length > 0) sink(heap, last);
  return first;
}

function sink<E>(heap: Queued<E>[], entry: Queued<E>): void {
  let i = 0;
  for (;;) {
    let child = 2 * i + 1;
    if (child >= heap.length) break;
    const right = child + 1;
    if (right < heap.length && before(heap[right] as Queued<E>, heap[child] as Queued<E>)) child = right;
    if (!before(heap[child] as Queued<E>, entry)) break;
    heap[i] = heap[child] as Queued<E>;
    i = child;
  }
  heap[i] = entry;
}
