// The descriptors of one scenario process: numbers as a fresh process would have them (lowest free first, from 3), and
// the real descriptors behind them. The table is shared memory, since the workers of a process are threads.

/** Descriptors that a process may have: RLIMIT_NOFILE's usual soft limit. */
export const NOFILE = 1024;
/** Those of a workload at most. */
export const LOAD_FILES_MAX = 65_536;
/** After stdin, stdout and stderr. */
const FIRST = 3;
/** What an empty entry holds: real descriptors are kept plus one. */
const FREE = 0;

export class FdTable {
  readonly buffer: SharedArrayBuffer;
  private readonly entries: Int32Array;

  /** `buffer` holds 4 bytes for each descriptor. */
  constructor(buffer = new SharedArrayBuffer(4 * NOFILE)) {
    this.buffer = buffer;
    this.entries = new Int32Array(buffer);
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
