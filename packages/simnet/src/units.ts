// Quantities as people write them: durations, sizes, rates, probabilities. Each reader gives null for what it does not
// understand; the words for the error are `DURATION_EXPECTED` and its like.

const NS_PER_SECOND = 1_000_000_000;

export const DURATION_EXPECTED = 'a duration such as 1s, 250ms, 20us or 1m30s';
export const SIZE_EXPECTED = 'a size such as 1000, 64KiB or 1MB';
export const RATE_EXPECTED = 'a rate such as 10Mbit or 1Gbit (bits a second)';
export const PROBABILITY_EXPECTED = 'a probability such as 2% or 0.02';

const DURATION_UNITS: readonly (readonly [unit: string, ns: number])[] = [
  ['ns', 1],
  ['us', 1000],
  ['ms', 1_000_000],
  ['s', NS_PER_SECOND],
  ['m', 60 * NS_PER_SECOND],
  ['h', 3600 * NS_PER_SECOND],
];

/** 52 days: the engine's clock is good for 104. */
const DURATION_MAX_NS = 4_500_000_000_000_000;

/** `1s`, `1.5ms`, `20us`, `1m30s`, `0` as integer nanoseconds; null otherwise. */
export function parseDuration(text: string): number | null {
  if (text === '0') return 0;
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|ms|s|m|h))+$/.test(text)) return null;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|ms|s|m|h)/g)) {
    total += Number(amount) * (DURATION_UNITS.find(([name]) => name === unit)?.[1] ?? 0);
  }
  const ns = Math.round(total);
  return ns <= DURATION_MAX_NS ? ns : null;
}

/** The shortest exact text in one unit: `1.03s`, `250ms`, `20us`, `0s`. */
export function formatDuration(ns: number): string {
  if (!Number.isFinite(ns)) return 'for ever';
  const size = Math.abs(ns);
  if (size >= NS_PER_SECOND || size === 0) return `${ns / NS_PER_SECOND}s`;
  if (size >= 1_000_000) return `${ns / 1_000_000}ms`;
  return size >= 1000 ? `${ns / 1000}us` : `${ns}ns`;
}

const SIZE_UNITS: { readonly [unit: string]: number } = {
  '': 1,
  B: 1,
  kB: 1000,
  KB: 1000,
  MB: 1_000_000,
  GB: 1_000_000_000,
  KiB: 1024,
  MiB: 1_048_576,
  GiB: 1_073_741_824,
};

/** `1000`, `64KiB`, `1MB` as bytes; null otherwise. */
export function parseSize(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]*)$/.exec(text);
  const unit = match === null ? undefined : SIZE_UNITS[match[2] ?? ''];
  if (match === null || unit === undefined) return null;
  const bytes = Number(match[1]) * unit;
  return Number.isSafeInteger(bytes) ? bytes : null;
}

const RATE_UNITS: { readonly [unit: string]: number } = {
  bit: 1,
  kbit: 1000,
  Kbit: 1000,
  Mbit: 1_000_000,
  Gbit: 1_000_000_000,
};

/** `10Mbit` as bits a second; null otherwise, and for 0. */
export function parseRate(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?) ?([A-Za-z]+)$/.exec(text);
  const unit = match === null ? undefined : RATE_UNITS[match[2] as string];
  if (match === null || unit === undefined) return null;
  const rate = Number(match[1]) * unit;
  return rate > 0 && Number.isFinite(rate) ? rate : null;
}

/** `2%` or `0.02` as a number 0..1; null otherwise. */
export function parseProbability(text: string): number | null {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text);
  if (match === null) return null;
  const value = Number(match[1]) / (match[2] === '%' ? 100 : 1);
  return value <= 1 ? value : null;
}

/** Edit distance of two short words (Levenshtein), at most `limit` + 1. */
function distance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) > limit) return limit + 1;
  let row = Array.from({ length: b.length + 1 }, (_, i) => i);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const change = (row[j - 1] as number) + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(change, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[b.length] as number;
}

/** Words longer than this get no hint. */
const HINT_WORD_MAX = 80;

/** The candidate that `word` most likely was meant to be, or null. Also finds one that merely ends in `word`. */
export function nearest(word: string, candidates: readonly string[]): string | null {
  if (word.length === 0 || word.length > HINT_WORD_MAX) return null;
  const plain = word.toLowerCase();
  const limit = Math.max(1, Math.floor(word.length / 4));
  let best: string | null = null;
  let bestDistance = limit + 1;
  for (const candidate of candidates) {
    const d = distance(plain, candidate.toLowerCase(), limit);
    if (d < bestDistance) {
      best = candidate;
      bestDistance = d;
    }
  }
  if (best !== null || word.length < 4) return best;
  return candidates.find((c) => c.toLowerCase().endsWith(plain) || c.toLowerCase().startsWith(plain)) ?? null;
}
