// Whether this machine can be the judge.

import { release } from 'node:os';
import { HostError } from '../../packages/linux/src/libc.ts';
import { openLinuxTarget } from '../../packages/linux/src/raw/linux-target.ts';

/** The rows are about this version. */
const NEEDED: readonly [number, number] = [6, 18];

/** Null, or why the rows cannot run on this kernel. */
export async function whyNotLinux(): Promise<string | null> {
  if (process.platform !== 'linux') return `this is ${process.platform}`;
  if (process.getuid?.() !== 0) return 'not root';
  const [major = 0, minor = 0] = release().split('.').map(Number);
  if (major !== NEEDED[0] || minor !== NEEDED[1])
    return `the rows are about Linux ${NEEDED.join('.')}, this is ${release()}`;
  try {
    (await openLinuxTarget()).end();
    return null;
  } catch (error) {
    if (error instanceof HostError) return error.message;
    throw error;
  }
}
