// Which sockets a process has open, from /proc.

import { readdirSync, readlinkSync } from 'node:fs';

/** Inode of each socket that a process has open, by descriptor. Empty when the process may not be looked at. */
export function socketInodes(pid: number): [fd: string, inode: number][] {
  try {
    return readdirSync(`/proc/${pid}/fd`).flatMap((fd): [string, number][] => {
      const inode = /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1];
      return inode === undefined ? [] : [[fd, Number(inode)]];
    });
  } catch {
    // The process has ended, or may not be looked at.
    return [];
  }
}
