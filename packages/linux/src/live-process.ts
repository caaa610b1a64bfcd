// A process on a kernel that runs in real time: a file table, a program, and what its end closes.

import { endFiles, type Program } from '@halfopen/simnet';
import { type LiveSysOptions, liveSys } from './live-sys.ts';
import type { RealTime } from './real-time.ts';

export interface ProcessOptions extends LiveSysOptions {
  /** RLIMIT_NOFILE. */
  readonly nofile: number;
}

export interface LiveProcess {
  /**
   * Ends when the program returns, and rejects with the SysError that the program does not catch. It stays pending
   * for ever once the process was killed.
   */
  readonly finished: Promise<void>;
  /** SIGKILL: the program never goes on, and its descriptors are closed as the kernel does. */
  readonly kill: () => void;
}

/** Starts a program at once; what it leaves open is closed when it ends. */
export function startProcess(time: RealTime, program: Program, options: ProcessOptions): LiveProcess {
  const task = time.enter((k) => k.createTask({ nofile: options.nofile }));
  const { sys, kill } = liveSys(time, task, options);
  let alive = true;
  const end = (): void => {
    if (!alive) return;
    alive = false;
    kill();
    time.enter((k) => endFiles(k, time.waits, task));
    time.arm();
  };
  return { finished: program(sys).finally(end), kill: end };
}
