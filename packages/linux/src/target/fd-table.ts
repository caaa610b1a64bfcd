// The descriptors of one scenario process: numbers as a fresh process would have them (lowest free first, from 3), and
// the real descriptors behind them. The table is shared memory, since the workers of a process are threads. Before it
// lies the list by which one thread hands descriptors to another: a ring, and a futex in Atomics.wait().

/** Descriptors that a process may have: RLIMIT_NOFILE's usual soft limit. */
export const NOFILE = 1024;
/** Those of a workload at most. */
export const LOAD_FILES_MAX = 65_536;
/** After stdin, stdout and stderr. */
const FIRST = 3;
/** Layout of the list before the table. It has room for all descriptors that a server can have open. */
const GIVEN = 0;
const TAKEN = 1;
const RING = 2;
const RING_SIZE = NOFILE;
const LIST = RING + RING_SIZE;
/** What an empty entry holds: real descriptors are kept plus one. */
const FREE = 0;

export class FdTable {
  readonly buffer: SharedArrayBuffer;
  private readonly entries: Int32Array;
  /** How many descriptors were given and taken, and the ring of those between. */
  private readonly handed: Int32Array;

  /** A new table of that many descriptors, or the one that another thread made. */
  constructor(of: number | SharedArrayBuffer = NOFILE) {
    const buffer = typeof of === 'number' ? new SharedArrayBuffer(4 * (LIST + of)) : of;
    this.buffer = buffer;
    this.handed = new Int32Array(buffer, 0, LIST);
    this.entries = new Int32Array(buffer, 4 * LIST);
  }

  /** Hands a descriptor to a thread that waits in take(). Only one thread of a process gives. */
  give(fd: number): void {
    const given = Atomics.load(this.handed, GIVEN);
    Atomics.store(this.handed, RING + (given % RING_SIZE), fd);
    Atomics.store(this.handed, GIVEN, given + 1);
    Atomics.notify(this.handed, GIVEN, 1);
  }

  /** Waits until a descriptor is given; each goes to one thread. */
  take(): number {
    for (;;) {
      const taken = Atomics.load(this.handed, TAKEN);
      const given = Atomics.load(this.handed, GIVEN);
      if (taken === given) Atomics.wait(this.handed, GIVEN, given);
      else {
        const fd = Atomics.load(this.handed, RING + (taken % RING_SIZE));
        if (Atomics.compareExchange(this.handed, TAKEN, taken, taken + 1) === taken) return fd;
      }
    }
  }

  /** Gives a real descriptor the lowest free number. Throws RangeError when the table is full. */
  add(real: number): number {
    for (let fd = FIRST; fd < this.entries.length; fd++) {
      if (Atomics.compareExchange(this.entries, fd, FREE, real + 1) === FREE) return fd;
    }
    throw new RangeError(`more than ${this.entries.length - FIRST} descriptors`);
  }

  /** The real descriptor, or -1, which every call answers with EBADF. */
  real(fd: number): number {
    if (fd < FIRST || fd >= this.entries.length) return -1;
    return Atomics.load(this.entries, fd) - 1;
  }

  /** No number is free. */
  get full(): boolean {
    for (let fd = FIRST; fd < this.entries.length; fd++) if (this.real(fd) < 0) return false;
    return true;
  }

  remove(fd: number): void {
    if (fd >= FIRST && fd < this.entries.length) Atomics.store(this.entries, fd, FREE);
  }

  /** Numbers in use, lowest first: the order in which the end of a process closes them. */
  used(): number[] {
    const out: number[] = [];
    for (let fd = FIRST; fd < this.entries.length; fd++) if (this.real(fd) >= 0) out.push(fd);
    return out;
  }
}
