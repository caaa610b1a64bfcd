// Which entries of two lists stand for the same thing: the longest common subsequence by key.

/** Above this product of lengths the lists are paired by position instead: a table of that size takes too long. */
const CELLS_MAX = 4_000_000;

/** Pairs in order; null on one side where the other list has nothing to match. */
export type Pair<T> = readonly [a: T, b: T] | readonly [a: T, b: null] | readonly [a: null, b: T];

function byPosition<T>(a: readonly T[], b: readonly T[]): Pair<T>[] {
  return Array.from(
    { length: Math.max(a.length, b.length) },
    (_, i) => [a[i] ?? null, b[i] ?? null] as Pair<T>,
  );
}

/** Lengths of common subsequences of the ends of both lists. */
function lengths(a: readonly string[], b: readonly string[]): Uint32Array[] {
  const rows = Array.from({ length: a.length + 1 }, () => new Uint32Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    const row = rows[i] as Uint32Array;
    const below = rows[i + 1] as Uint32Array;
    for (let j = b.length - 1; j >= 0; j--) {
      row[j] =
        a[i] === b[j] ? (below[j + 1] as number) + 1 : Math.max(below[j] as number, row[j + 1] as number);
    }
  }
  return rows;
}

export function align<T>(a: readonly T[], b: readonly T[], keyOf: (entry: T) => string): Pair<T>[] {
  if (a.length * b.length > CELLS_MAX) return byPosition(a, b);
  const [keysA, keysB] = [a.map(keyOf), b.map(keyOf)];
  const table = lengths(keysA, keysB);
  const out: Pair<T>[] = [];
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    const atEnd = i >= a.length || j >= b.length;
    if (!atEnd && keysA[i] === keysB[j]) out.push([a[i++] as T, b[j++] as T]);
    else if (j >= b.length || (!atEnd && (table[i + 1]?.[j] as number) >= (table[i]?.[j + 1] as number))) {
      out.push([a[i++] as T, null]);
    } else out.push([null, b[j++] as T]);
  }
  return out;
}
