// TCP options in packetdrill's words: `mss 1460`, `nop`, `eol`, `sackOK`, `TS val 1 ecr 2`, `wscale 7`,
// `sack 1:1001 2001:3001`, `FO 0123abcd`, `FOEXP 0123abcd`, `md5 <hex>`. Two words are ours, so that any bytes can be
// written: `kind N <hex>` for every other option, `raw <hex>` for bytes that are no well-formed list.

import { get16, get32, put16, put32 } from './encode-bytes.ts';
import {
  peekWord,
  refuse,
  type Scanner,
  skipSpace,
  takeChar,
  takeNumber,
  takeWord,
} from './notation-scanner.ts';
import {
  encodeOptions,
  OPT_EOL,
  OPT_FAST_OPEN,
  OPT_MSS,
  OPT_NOP,
  OPT_SACK,
  OPT_SACK_PERMITTED,
  OPT_TIMESTAMP,
  OPT_WSCALE,
  OPTIONS_MAX,
  optionLengthAt,
} from './options.ts';
import type { Segment } from './segment.ts';

const U32_MAX = 0xffffffff;

/** Source: include/net/tcp.h TCPOPT_MD5SIG, TCPOPT_EXP, TCPOPT_FASTOPEN_MAGIC v6.18. */
const OPT_MD5 = 19;
const OPT_EXPERIMENT = 254;
const FAST_OPEN_MAGIC = 0xf989;

/** Lower-case hexadecimal, two digits a byte. */
export const formatHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');

/** Bytes of an even number of hexadecimal digits (spaces are skipped); null for anything else. */
export function parseHex(text: string): Uint8Array | null {
  const digits = text.replace(/\s+/g, '');
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return null;
  return Uint8Array.from({ length: digits.length / 2 }, (_, i) =>
    Number.parseInt(digits.slice(2 * i, 2 * i + 2), 16),
  );
}

const withHex = (name: string, bytes: Uint8Array): string =>
  bytes.length === 0 ? name : `${name} ${formatHex(bytes)}`;

function sackText(bytes: Uint8Array, base: number): string {
  const blocks: string[] = [];
  const edge = (at: number): number => (get32(bytes, at) - base) >>> 0;
  for (let at = 2; at < bytes.length; at += 8) blocks.push(`${edge(at)}:${edge(at + 4)}`);
  return `sack ${blocks.join(' ')}`;
}

/** One well-formed option of two bytes or more; SACK edges are shown relative to `sackBase`. */
function optionText(option: Uint8Array, sackBase: number): string {
  const kind = option[0] as number;
  const length = option.length;
  if (kind === OPT_MSS && length === 4) return `mss ${get16(option, 2)}`;
  if (kind === OPT_WSCALE && length === 3) return `wscale ${option[2]}`;
  if (kind === OPT_SACK_PERMITTED && length === 2) return 'sackOK';
  if (kind === OPT_TIMESTAMP && length === 10) {
    return `TS val ${get32(option, 2) >>> 0} ecr ${get32(option, 6) >>> 0}`;
  }
  if (kind === OPT_SACK && length > 2 && length % 8 === 2) return sackText(option, sackBase);
  if (kind === OPT_FAST_OPEN) return withHex('FO', option.subarray(2));
  if (kind === OPT_EXPERIMENT && length >= 4 && get16(option, 2) === FAST_OPEN_MAGIC) {
    return withHex('FOEXP', option.subarray(4));
  }
  return kind === OPT_MD5 ? withHex('md5', option.subarray(2)) : withHex(`kind ${kind}`, option.subarray(2));
}

/** The option list without its brackets; '' when the segment has none. */
export function formatOptions(seg: Segment, sackBase: number): string {
  const bytes = new Uint8Array(OPTIONS_MAX);
  const end = encodeOptions(seg, bytes, 0);
  const words: string[] = [];
  let at = 0;
  for (let length = 1; at < end && length > 0; at += length) {
    length = optionLengthAt(bytes, at, end);
    if (length === 1) words.push('nop');
    else if (length > 1) words.push(optionText(bytes.subarray(at, at + length), sackBase));
  }
  if (at < end) words.push(...tailText(bytes.subarray(at, end)));
  return words.join(',');
}

/** What stands behind the end of the list: end-of-list bytes, or whatever else. */
function tailText(tail: Uint8Array): string[] {
  const eols = tail.findIndex((b) => b !== OPT_EOL);
  if (eols < 0) return Array.from(tail, () => 'eol');
  return [...Array.from({ length: eols }, () => 'eol'), withHex('raw', tail.subarray(eols))];
}

/** Option bytes gathered while parsing; the room is one bigger option than a header can hold. */
interface Gathered {
  readonly bytes: Uint8Array;
  length: number;
}

type TakeValue = (scan: Scanner, into: Gathered, sackBase: number) => true | null;

/** Appends `kind`, length and `size` value bytes; null (with a refusal) when they do not fit in 40 bytes. */
function append(scan: Scanner, into: Gathered, kind: number, size: number): number | null {
  const at = into.length;
  if (at + 2 + size > OPTIONS_MAX) return refuse(scan, `at most ${OPTIONS_MAX} bytes of options`);
  into.bytes[at] = kind;
  into.bytes[at + 1] = 2 + size;
  into.length = at + 2 + size;
  return at + 2;
}

function appendByte(scan: Scanner, into: Gathered, byte: number): true | null {
  if (into.length >= OPTIONS_MAX) return refuse(scan, `at most ${OPTIONS_MAX} bytes of options`);
  into.bytes[into.length++] = byte;
  return true;
}

function takeHex(scan: Scanner): Uint8Array | null {
  skipSpace(scan);
  const word = peekWord(scan);
  const bytes = parseHex(word);
  if (bytes === null) return refuse(scan, 'an even number of hexadecimal digits');
  scan.at += word.length;
  return bytes;
}

const takeSpacedNumber = (scan: Scanner, what: string, max: number): number | null => {
  skipSpace(scan);
  return takeNumber(scan, what, max);
};

function takeMss(scan: Scanner, into: Gathered): true | null {
  const mss = takeSpacedNumber(scan, 'an MSS', 0xffff);
  const at = mss === null ? null : append(scan, into, OPT_MSS, 2);
  if (mss === null || at === null) return null;
  put16(into.bytes, at, mss);
  return true;
}

function takeWscale(scan: Scanner, into: Gathered): true | null {
  const shift = takeSpacedNumber(scan, 'a window scale', 0xff);
  const at = shift === null ? null : append(scan, into, OPT_WSCALE, 1);
  if (shift === null || at === null) return null;
  into.bytes[at] = shift;
  return true;
}

function takeTimestamp(scan: Scanner, into: Gathered): true | null {
  skipSpace(scan);
  if (!takeWord(scan, 'val')) return refuse(scan, "'val'");
  const val = takeSpacedNumber(scan, 'a timestamp value', U32_MAX);
  if (val === null) return null;
  skipSpace(scan);
  if (!takeWord(scan, 'ecr')) return refuse(scan, "'ecr'");
  const ecr = takeSpacedNumber(scan, 'a timestamp echo', U32_MAX);
  const at = ecr === null ? null : append(scan, into, OPT_TIMESTAMP, 8);
  if (ecr === null || at === null) return null;
  put32(into.bytes, at, val);
  put32(into.bytes, at + 4, ecr);
  return true;
}

function takeSack(scan: Scanner, into: Gathered, base: number): true | null {
  const edges: number[] = [];
  do {
    const left = takeSpacedNumber(scan, 'the left edge of a SACK block', U32_MAX);
    if (left === null || takeChar(scan, ':') === null) return null;
    const right = takeNumber(scan, 'the right edge of a SACK block', U32_MAX);
    if (right === null) return null;
    edges.push(left, right);
    skipSpace(scan);
  } while (/\d/.test(scan.text[scan.at] ?? ''));
  const at = append(scan, into, OPT_SACK, edges.length * 4);
  if (at === null) return null;
  edges.forEach((edge, i) => {
    put32(into.bytes, at + i * 4, edge + base);
  });
  return true;
}

/** An option whose value is given in hexadecimal, behind fixed bytes. */
function takeBytes(scan: Scanner, into: Gathered, kind: number, magic: readonly number[] = []): true | null {
  const hex = takeHex(scan);
  const at = hex === null ? null : append(scan, into, kind, magic.length + hex.length);
  if (hex === null || at === null) return null;
  into.bytes.set([...magic, ...hex], at);
  return true;
}

function takeKind(scan: Scanner, into: Gathered): true | null {
  const kind = takeSpacedNumber(scan, 'an option kind', 0xff);
  return kind === null ? null : takeBytes(scan, into, kind);
}

function takeRaw(scan: Scanner, into: Gathered): true | null {
  const hex = takeHex(scan);
  if (hex === null) return null;
  for (const byte of hex) if (appendByte(scan, into, byte) === null) return null;
  return true;
}

const takers = new Map<string, TakeValue>([
  ['eol', (scan, into) => appendByte(scan, into, OPT_EOL)],
  ['nop', (scan, into) => appendByte(scan, into, OPT_NOP)],
  ['mss', takeMss],
  ['wscale', takeWscale],
  ['sackOK', (scan, into) => (append(scan, into, OPT_SACK_PERMITTED, 0) === null ? null : true)],
  ['TS', takeTimestamp],
  ['sack', takeSack],
  ['FO', (scan, into) => takeBytes(scan, into, OPT_FAST_OPEN)],
  [
    'FOEXP',
    (scan, into) => takeBytes(scan, into, OPT_EXPERIMENT, [FAST_OPEN_MAGIC >> 8, FAST_OPEN_MAGIC & 0xff]),
  ],
  ['md5', (scan, into) => takeBytes(scan, into, OPT_MD5)],
  ['kind', takeKind],
  ['raw', takeRaw],
]);

const OPTION_EXPECTED = `a TCP option (${[...takers.keys()].join(', ')})`;

/** Takes comma-separated options up to the closing '>' (which stays); the bytes are as written, without padding. */
export function takeOptions(scan: Scanner, sackBase: number): Uint8Array | null {
  const into: Gathered = { bytes: new Uint8Array(OPTIONS_MAX), length: 0 };
  for (;;) {
    skipSpace(scan);
    const name = peekWord(scan);
    const take = takers.get(name);
    if (take === undefined) return refuse(scan, OPTION_EXPECTED);
    scan.at += name.length;
    if (take(scan, into, sackBase) === null) return null;
    skipSpace(scan);
    if (scan.text[scan.at] !== ',') return into.bytes.slice(0, into.length);
    scan.at++;
  }
}
