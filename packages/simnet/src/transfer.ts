// Moving many bytes with send(2) and recv(2). What is sent counts up from 0 modulo 251, so that a reader can tell a gap.

import type { Sys } from './sys.ts';

/** Bytes of one call at most. */
export const CHUNK = 65536;
const MODULUS = 251;
const PATTERN = Uint8Array.from({ length: CHUNK + MODULUS }, (_, i) => i % MODULUS);

/** At most 64 KiB of the pattern, from position `at`. */
export function pattern(at: number, length: number): Uint8Array {
  const start = at % MODULUS;
  return PATTERN.subarray(start, start + Math.min(length, CHUNK));
}

/** Sends that many bytes of the pattern; 0 sends nothing. */
export async function sendBytes(sys: Sys, fd: number, bytes: number): Promise<void> {
  for (let sent = 0; sent < bytes; ) sent += await sys.send(fd, pattern(sent, bytes - sent));
}

/** Reads until that many bytes or the end of file came; gives how many. */
export async function readBytes(sys: Sys, fd: number, bytes: number): Promise<number> {
  let got = 0;
  while (got < bytes) {
    const data = await sys.recv(fd, Math.min(bytes - got, CHUNK));
    if (data.length === 0) break;
    got += data.length;
  }
  return got;
}
