// Internet addresses as four int32 words in network order. IPv4 is kept v4-mapped (::ffff:a.b.c.d), so IPv6 and
// dual-stack sockets share every path. Words, not strings or BigInt: a lookup compares four small integers.

export interface Addr {
  readonly w0: number;
  readonly w1: number;
  readonly w2: number;
  readonly w3: number;
}

export const V4_MAPPED_W2 = 0x0000ffff;

/** `::`, which is also what an unbound IPv6 socket shows. */
export const ANY6: Addr = Object.freeze({ w0: 0, w1: 0, w2: 0, w3: 0 });
/** `0.0.0.0`, v4-mapped. */
export const ANY4: Addr = Object.freeze({ w0: 0, w1: 0, w2: V4_MAPPED_W2, w3: 0 });
export const LOOPBACK4: Addr = Object.freeze({ w0: 0, w1: 0, w2: V4_MAPPED_W2, w3: 0x7f000001 });
export const LOOPBACK6: Addr = Object.freeze({ w0: 0, w1: 0, w2: 0, w3: 1 });

export const addr = (w0: number, w1: number, w2: number, w3: number): Addr => ({
  w0: w0 | 0,
  w1: w1 | 0,
  w2: w2 | 0,
  w3: w3 | 0,
});

export const v4 = (word: number): Addr => addr(0, 0, V4_MAPPED_W2, word);

export const isV4 = (a: Addr): boolean => a.w0 === 0 && a.w1 === 0 && a.w2 === V4_MAPPED_W2;

/** True for 0.0.0.0 and for `::`. */
export const isAny = (a: Addr): boolean =>
  a.w3 === 0 && a.w0 === 0 && a.w1 === 0 && (a.w2 === 0 || a.w2 === V4_MAPPED_W2);

export const sameAddr = (a: Addr, b: Addr): boolean =>
  a.w3 === b.w3 && a.w2 === b.w2 && a.w1 === b.w1 && a.w0 === b.w0;

/** 127.0.0.0/8 or ::1. */
export const isLoopback = (a: Addr): boolean =>
  isV4(a) ? a.w3 >>> 24 === 127 : a.w0 === 0 && a.w1 === 0 && a.w2 === 0 && a.w3 === 1;

/** 224.0.0.0/4 or ff00::/8. */
export const isMulticast = (a: Addr): boolean => (isV4(a) ? a.w3 >>> 28 === 14 : a.w0 >>> 24 === 0xff);

/** 255.255.255.255. */
export const isBroadcast = (a: Addr): boolean => isV4(a) && a.w3 === -1;

function formatV6(a: Addr): string {
  const groups: number[] = [];
  for (const w of [a.w0, a.w1, a.w2, a.w3]) groups.push(w >>> 16, w & 0xffff);
  let best = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let n = 0;
    while (i + n < 8 && groups[i + n] === 0) n++;
    if (n > bestLength) {
      best = i;
      bestLength = n;
    }
  }
  const hex = (list: number[]): string => list.map((g) => g.toString(16)).join(':');
  if (best < 0) return hex(groups);
  return `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}

/** Dotted quad for IPv4, RFC 5952 text for IPv6. */
export function formatAddr(a: Addr): string {
  if (isV4(a)) return `${a.w3 >>> 24}.${(a.w3 >>> 16) & 255}.${(a.w3 >>> 8) & 255}.${a.w3 & 255}`;
  return formatV6(a);
}

/** `192.0.2.1:80` or `[2001:db8::1]:80`, as `ss` prints it. */
export const formatEndpoint = (a: Addr, port: number): string =>
  isV4(a) ? `${formatAddr(a)}:${port}` : `[${formatAddr(a)}]:${port}`;

function parseV4Word(text: string): number | null {
  const parts = text.split('.');
  if (parts.length !== 4) return null;
  let word = 0;
  for (const part of parts) {
    if (!/^(0|[1-9]\d{0,2})$/.test(part)) return null;
    const n = Number(part);
    if (n > 255) return null;
    word = (word << 8) | n;
  }
  return word | 0;
}

/** 16-bit groups of one side of `::`; a dotted quad may stand only at the very end. */
function parseGroups(text: string, last: boolean): number[] | null {
  if (text === '') return [];
  const out: number[] = [];
  const parts = text.split(':');
  for (let i = 0; i < parts.length; i++) {
    const part = parts[i] as string;
    if (part.includes('.')) {
      const word = last && i === parts.length - 1 ? parseV4Word(part) : null;
      if (word === null) return null;
      out.push(word >>> 16, word & 0xffff);
    } else {
      if (!/^[0-9a-fA-F]{1,4}$/.test(part)) return null;
      out.push(Number.parseInt(part, 16));
    }
  }
  return out;
}

/** Parses a dotted quad or IPv6 text (no zone, no brackets); null when it is neither. */
export function parseAddr(text: string): Addr | null {
  if (!text.includes(':')) {
    const word = parseV4Word(text);
    return word === null ? null : v4(word);
  }
  const halves = text.split('::');
  if (halves.length > 2) return null;
  const head = parseGroups(halves[0] as string, halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] as string, true) : [];
  if (head === null || tail === null) return null;
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return null;
  const g = [...head, ...new Array<number>(Math.max(missing, 0)).fill(0), ...tail];
  const word = (i: number): number => ((g[i] as number) << 16) | (g[i + 1] as number);
  return addr(word(0), word(2), word(4), word(6));
}
