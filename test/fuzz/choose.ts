// Random choices of a case: everything follows from the seed.

import { type RandomState, randomBelow, randomUnit, seedRandom } from '@halfopen/engine';

export class Choose {
  private readonly state: RandomState;

  /** `index` is the number of the case in its batch. */
  constructor(seed: number, index: number) {
    this.state = seedRandom(seed * 1_000_003 + index);
  }

  /** True with this probability. */
  chance(probability: number): boolean {
    return randomUnit(this.state) < probability;
  }

  /** An integer in [min, max]. */
  between(min: number, max: number): number {
    return min + randomBelow(this.state, max - min + 1);
  }

  one<T>(list: readonly T[]): T {
    return list[randomBelow(this.state, list.length)] as T;
  }

  /** One of `[weight, value]`, likelier the higher its weight. */
  weighted<T>(list: readonly (readonly [number, T])[]): T {
    let left = randomUnit(this.state) * list.reduce((sum, [weight]) => sum + weight, 0);
    for (const [weight, value] of list) {
      left -= weight;
      if (left < 0) return value;
    }
    return (list[list.length - 1] as readonly [number, T])[1];
  }
}
