// The system calls of one process on a kernel that runs in real time. What a call does, and when it sleeps, is simnet's
// (`attempt`), so that a program meets the same calls there and here; this file only waits by the real clock.
// Left out: signals: sigaction() and kill() give ENOSYS.

import {
  attempt,
  type Call,
  type Caller,
  makeSys,
  newPending,
  type Sleep,
  type Sys,
  SysError,
} from '@halfopen/simnet';
import type { RealTime } from './real-time.ts';

export interface LiveSysOptions {
  readonly onLog: (text: string) => void;
  /** Numbers in [0, 1). */
  readonly random: () => number;
}

export interface LiveSys {
  readonly sys: Sys;
  /** The process is gone: what it waits for never comes. Its descriptors are the kernel's business. */
  readonly kill: () => void;
}

/** The calls of the process `task`. */
export function liveSys(time: RealTime, task: number, { onLog, random }: LiveSysOptions): LiveSys {
  let killed = false;
  const callerOf = (kernel: Caller['kernel']): Caller => ({
    kernel,
    task,
    shared: false,
    waits: time.waits,
    wake: time.wake,
    nowNs: kernel.now,
    signals: null,
    resolve: refuseName,
  });

  /** Sleeps until a wake-up of one of the sockets, or until the clock shows the time. */
  const sleep = (how: Sleep): Promise<void> =>
    new Promise((resolve) => {
      const ring = (): void => {
        silence();
        leave();
        if (!killed) resolve();
      };
      const silence = time.alarm(how.untilNs, ring);
      const leave = time.sleep(how, ring);
    });

  const invoke = async (call: Call): Promise<unknown> => {
    const pending = newPending(call, time.now());
    for (;;) {
      const result = time.enter((kernel) => attempt(callerOf(kernel), pending));
      time.arm();
      if ('sleep' in result) await sleep(result.sleep);
      else if (result.outcome.ok) return result.outcome.value;
      else throw new SysError(result.outcome.errno, call.name);
    }
  };

  return {
    sys: makeSys({ now: () => time.now(), random, log: onLog, invoke }),
    kill: () => {
      killed = true;
    },
  };
}

const refuseName = (name: string): never => {
  throw new Error(`${name} is no address, and names are not looked up here`);
};
