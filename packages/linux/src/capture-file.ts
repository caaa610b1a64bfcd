// The traffic of a live run as a pcapng file, written as it goes. What is dropped carries a comment that says why.

import { closeSync, openSync, writeSync } from 'node:fs';
import { type PcapngPacket, pcapngPacket, writePcapng } from '@halfopen/simnet';
import { HostError } from './libc.ts';

/** Bytes collected before they are written. */
const FLUSH_BYTES = 262_144;

export class CaptureFile {
  private readonly fd: number;
  private readonly offsetNs: number;
  private pending: Uint8Array[] = [];
  private pendingBytes = 0;

  /** Makes or replaces the file. `startMs` is the wall clock at time 0. Throws HostError `wrong-use`. */
  constructor(path: string, device: string, startMs: number) {
    const startSeconds = Math.floor(startMs / 1000);
    this.offsetNs = (startMs - startSeconds * 1000) * 1e6;
    try {
      this.fd = openSync(path, 'w');
    } catch (error) {
      throw new HostError('wrong-use', `cannot write ${path}: ${(error as NodeJS.ErrnoException).code}`);
    }
    this.append(writePcapng({ startSeconds, interfaces: [{ name: device }], packets: [] }));
  }

  /** One packet; `bytes` is copied. */
  add(atNs: number, bytes: Uint8Array, comment: string | null): void {
    const packet: PcapngPacket = { interface: 0, timeNs: Math.round(atNs + this.offsetNs), bytes };
    this.append(pcapngPacket(comment === null ? packet : { ...packet, comment }));
  }

  /** Writes what was collected. */
  flush(): void {
    for (const bytes of this.pending) writeSync(this.fd, bytes);
    this.pending = [];
    this.pendingBytes = 0;
  }

  close(): void {
    this.flush();
    closeSync(this.fd);
  }

  private append(bytes: Uint8Array): void {
    this.pending.push(bytes);
    this.pendingBytes += bytes.length;
    if (this.pendingBytes >= FLUSH_BYTES) this.flush();
  }
}
