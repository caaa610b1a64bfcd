// The kernel of this machine for a command, or why it cannot be looked at.

import { type HostKernel, readHostKernel } from '@halfopen/linux';
import type { Outcome } from '../outcome.ts';
import { outcomeOf } from './play-linux.ts';

export function hostKernel(): HostKernel | Outcome {
  try {
    return readHostKernel();
  } catch (error) {
    return outcomeOf(error);
  }
}
