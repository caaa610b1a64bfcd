// Pseudo-random numbers whose whole state is four int32 words, so that a snapshot carries them (xoshiro128**,
// Blackman and Vigna 2018). The engine never draws randomness of its own: the owner gives a seed.

export type RandomState = Int32Array;

function splitmix32(state: number): [number, number] {
  const next = (state + 0x9e3779b9) | 0;
  let z = next;
  z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
  z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
  return [next, z ^ (z >>> 15)];
}

/** State for a seed (any integer up to 2^53; both halves count). */
export function seedRandom(seed: number): RandomState {
  const out = new Int32Array(4);
  let state = (seed | 0) ^ Math.imul(Math.floor(seed / 4294967296) | 0, 0x85ebca6b);
  for (let i = 0; i < 4; i++) {
    const [next, value] = splitmix32(state);
    state = next;
    out[i] = value;
  }
  if (out.every((w) => w === 0)) out[0] = 1;
  return out;
}

const rotl = (x: number, k: number): number => (x << k) | (x >>> (32 - k));

/** The next 32 random bits, as an int32. */
export function randomInt32(s: RandomState): number {
  const s1 = s[1] as number;
  const result = Math.imul(rotl(Math.imul(s1, 5), 7), 9);
  const t = s1 << 9;
  const s2 = (s[2] as number) ^ (s[0] as number);
  const s3 = (s[3] as number) ^ s1;
  s[1] = s1 ^ s2;
  s[0] = (s[0] as number) ^ s3;
  s[2] = s2 ^ t;
  s[3] = rotl(s3, 11);
  return result | 0;
}

/** A uniform integer in [0, limit), 1 <= limit <= 2^32. */
export function randomBelow(s: RandomState, limit: number): number {
  return Math.floor(((randomInt32(s) >>> 0) / 4294967296) * limit);
}

/** A uniform number in [0, 1) with 32 bits. */
export const randomUnit = (s: RandomState): number => (randomInt32(s) >>> 0) / 4294967296;
