// Lines that TCP writes to the kernel log while a run goes on. The log belongs to the whole machine: a line counts as a
// host's when it names an address of it. Left out: machines where this user may not read /dev/kmsg (no lines then).

import { closeSync, constants, openSync, readSync } from 'node:fs';

/** One record of /dev/kmsg: `priority,sequence,microseconds,flags;text`. Null when it is not TCP's. */
export function parseKmsg(record: string): { readonly atUs: number; readonly text: string } | null {
  const match = /^\d+,\d+,(\d+),[^;]*;(.*)$/s.exec(record);
  const text = match?.[2]?.split('\n', 1)[0];
  if (match === null || text === undefined || !/TCP:/.test(text)) return null;
  return { atUs: Number(match[1]), text };
}

const RECORD_MAX = 8192;
/** Records read at the end; older ones are gone from the ring anyway. */
const RECORDS_MAX = 10_000;

export class KernelLog {
  private readonly fd: number | null;

  /** From now on. */
  constructor() {
    this.fd = openKmsg();
    // A fresh descriptor begins at the oldest record that is still there.
    this.lines();
  }

  /** TCP's lines since the last call; times are microseconds of the kernel's log clock. */
  lines(): { readonly atUs: number; readonly text: string }[] {
    const out: { atUs: number; text: string }[] = [];
    if (this.fd === null) return out;
    const buffer = Buffer.alloc(RECORD_MAX);
    for (let n = 0; n < RECORDS_MAX; n++) {
      let length: number;
      try {
        length = readSync(this.fd, buffer, 0, RECORD_MAX, null);
      } catch (error) {
        // EPIPE: records were overwritten before they were read; the next read goes on behind them.
        if ((error as NodeJS.ErrnoException).code === 'EPIPE') continue;
        break;
      }
      const line = parseKmsg(buffer.toString('utf8', 0, length));
      if (line !== null) out.push(line);
    }
    return out;
  }

  close(): void {
    if (this.fd !== null) closeSync(this.fd);
  }
}

function openKmsg(): number | null {
  try {
    return openSync('/dev/kmsg', constants.O_RDONLY | constants.O_NONBLOCK);
  } catch {
    return null;
  }
}
