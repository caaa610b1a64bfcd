// A random case from a side, a seed and a number.

import type { Case, Side } from './case.ts';
import { Choose } from './choose.ts';
import { clientCase } from './client-case.ts';
import { serverCase } from './server-case.ts';

/** Case number `index` of the batch `seed`. */
export function generate(side: Side, seed: number, index: number): Case {
  const choose = new Choose(seed, index);
  return side === 'client' ? clientCase(choose) : serverCase(choose);
}
