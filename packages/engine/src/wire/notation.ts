// One segment in packetdrill's notation, both ways: `S. 0:0(0) ack 1 win 65160 <mss 1460,sackOK>`. Addresses, ports and
// the IP header are not part of it. SACK edges lie in the acknowledged stream, so they move with `ackBase`.
// Left out: `[tos ...]`, AccECN's A flag and ACE digits, and everything that is a script's business (time, direction).

import { formatOptions, takeOptions } from './notation-options.ts';
import {
  foundAt,
  newScanner,
  refuse,
  type Scanner,
  skipSpace,
  takeChar,
  takeNumber,
  takeWord,
} from './notation-scanner.ts';
import { decodeOptions, OPT_NOP, OPTIONS_MAX } from './options.ts';
import { ACK, CWR, ECE, FIN, PSH, RST, type Segment, SYN, takeSegment, URG } from './segment.ts';

/** Numbers that count as 0 in the text: sequence numbers of this direction and of the acknowledged one, int32. */
export interface SequenceBase {
  readonly seqBase?: number;
  readonly ackBase?: number;
}

// In the order that packetdrill and tcpdump print them.
const FLAG_LETTERS: readonly (readonly [letter: string, bit: number])[] = [
  ['F', FIN],
  ['S', SYN],
  ['R', RST],
  ['P', PSH],
  ['.', ACK],
  ['U', URG],
  ['E', ECE],
  ['W', CWR],
];
const FLAGS_EXPECTED = "flags, each once, out of F S R P . U E W, or '-' for none";

const U32_MAX = 0xffffffff;
const U16_MAX = 0xffff;

/** The letters of a flags byte, `-` for none: `S.`, `FP.`, `SEW`. */
export function formatFlags(flags: number): string {
  const letters = FLAG_LETTERS.filter(([, bit]) => (flags & bit) !== 0).map(([letter]) => letter);
  return letters.length === 0 ? '-' : letters.join('');
}

/**
 * The segment as text. The acknowledgment number is left away without the ACK flag when it is 0, the urgent pointer
 * likewise without URG; options are listed byte for byte as they go on the wire, NOPs included.
 */
export function formatSegment(seg: Segment, base: SequenceBase = {}): string {
  const start = (seg.seq - (base.seqBase ?? 0)) >>> 0;
  const length = seg.payload.length;
  const parts = [formatFlags(seg.flags), `${start}:${(start + length) >>> 0}(${length})`];
  if ((seg.flags & ACK) !== 0 || seg.ack !== 0) parts.push(`ack ${(seg.ack - (base.ackBase ?? 0)) >>> 0}`);
  parts.push(`win ${seg.window}`);
  if ((seg.flags & URG) !== 0 || seg.urgentPointer !== 0) parts.push(`urg ${seg.urgentPointer}`);
  const options = formatOptions(seg, base.ackBase ?? 0);
  if (options !== '') parts.push(`<${options}>`);
  return parts.join(' ');
}

/** What the text said, and what it left open (a script's expectation leaves open what it does not name). */
export interface Given {
  readonly ack: boolean;
  readonly window: boolean;
  readonly urgentPointer: boolean;
  /** `any` is `<...>`. */
  readonly options: 'none' | 'any' | 'listed';
  /** Bytes of the options as written, before padding: packetdrill itself refuses what is no multiple of 4. */
  readonly optionBytes: number;
}

export interface ParsedSegment {
  readonly ok: true;
  /** Blank addresses and ports, the payload zero-filled. Taken from the pool. */
  readonly segment: Segment;
  readonly given: Given;
}

export interface ParseFailure {
  readonly ok: false;
  /** 1-based column of the first character that does not fit. */
  readonly column: number;
  readonly expected: string;
  readonly message: string;
}

function takeFlags(scan: Scanner, seg: Segment): true | null {
  const start = scan.at;
  if (scan.text[start] === '-') {
    scan.at++;
    return true;
  }
  for (; scan.at < scan.text.length && !/[\s<]/.test(scan.text[scan.at] as string); scan.at++) {
    const found = FLAG_LETTERS.find(([letter]) => letter === scan.text[scan.at]);
    if (found === undefined || (seg.flags & found[1]) !== 0) return refuse(scan, FLAGS_EXPECTED);
    seg.flags |= found[1];
  }
  return scan.at > start ? true : refuse(scan, FLAGS_EXPECTED);
}

/** `start:end(length)`, where end must be start + length. */
function takeSequence(scan: Scanner, seg: Segment, base: number): true | null {
  const start = takeNumber(scan, 'a sequence number', U32_MAX);
  if (start === null || takeChar(scan, ':') === null) return null;
  const endAt = scan.at;
  const end = takeNumber(scan, 'an end sequence number', U32_MAX);
  if (end === null || takeChar(scan, '(') === null) return null;
  const length = takeNumber(scan, 'a payload length', U16_MAX);
  if (length === null || takeChar(scan, ')') === null) return null;
  const right = (start + length) >>> 0;
  if (end !== right) return refuse(scan, `${right}, which is ${start} + ${length} bytes`, endAt);
  seg.seq = (start + base) | 0;
  if (length > 0) seg.payload = new Uint8Array(length);
  return true;
}

/** `word N` when the word comes next: its number, undefined when it does not, null on a refusal. */
function takeField(scan: Scanner, word: string, what: string, max: number): number | null | undefined {
  skipSpace(scan);
  if (!takeWord(scan, word)) return undefined;
  skipSpace(scan);
  return takeNumber(scan, what, max);
}

/** Sets the options of `seg` from the bytes as written, padded with NOPs to a multiple of four. */
function setOptions(seg: Segment, written: Uint8Array): void {
  const padded = new Uint8Array(OPTIONS_MAX).fill(OPT_NOP);
  padded.set(written);
  decodeOptions(padded, 0, (written.length + 3) & ~3, seg);
}

/** The option list in its brackets: what was given, and how many bytes. */
function takeOptionList(
  scan: Scanner,
  seg: Segment,
  base: number,
): Pick<Given, 'options' | 'optionBytes'> | null {
  skipSpace(scan);
  if (scan.text[scan.at] !== '<') return { options: 'none', optionBytes: 0 };
  scan.at++;
  if (scan.text.startsWith('...>', scan.at)) {
    scan.at += 4;
    return { options: 'any', optionBytes: 0 };
  }
  const written = takeOptions(scan, base);
  if (written === null || takeChar(scan, '>', "',' or '>'") === null) return null;
  setOptions(seg, written);
  return { options: 'listed', optionBytes: written.length };
}

function expectedAtEnd(given: Given): string {
  const open: string[] = [];
  const { ack, window, urgentPointer, options } = given;
  if (!ack && !window && !urgentPointer && options === 'none') open.push("'ack'");
  if (!window && !urgentPointer && options === 'none') open.push("'win'");
  if (!urgentPointer && options === 'none') open.push("'urg'");
  if (options === 'none') open.push("'<'");
  return [...open, 'the end of the text'].join(', ').replace(/, ([^,]*)$/, ' or $1');
}

function takeSegmentText(scan: Scanner, seg: Segment, base: SequenceBase): Given | null {
  skipSpace(scan);
  if (takeFlags(scan, seg) === null) return null;
  skipSpace(scan);
  if (takeSequence(scan, seg, base.seqBase ?? 0) === null) return null;
  const ack = takeField(scan, 'ack', 'an acknowledgment number', U32_MAX);
  const window = ack === null ? null : takeField(scan, 'win', 'a window', U16_MAX);
  const urgent = window === null ? null : takeField(scan, 'urg', 'an urgent pointer', U16_MAX);
  const options = urgent === null ? null : takeOptionList(scan, seg, base.ackBase ?? 0);
  if (ack === null || window === null || urgent === null || options === null) return null;
  if (ack !== undefined) seg.ack = (ack + (base.ackBase ?? 0)) | 0;
  seg.window = window ?? 0;
  seg.urgentPointer = urgent ?? 0;
  const given = {
    ack: ack !== undefined,
    window: window !== undefined,
    urgentPointer: urgent !== undefined,
    ...options,
  };
  skipSpace(scan);
  return scan.at === scan.text.length ? given : refuse(scan, expectedAtEnd(given));
}

/**
 * Reads the notation. Options may be padded to a multiple of four with NOPs; numbers are taken relative to the bases.
 * Anything that does not fit gives the column and what was expected there. Never throws.
 */
export function parseSegment(text: string, base: SequenceBase = {}): ParsedSegment | ParseFailure {
  const scan = newScanner(text);
  const segment = takeSegment();
  const given = takeSegmentText(scan, segment, base);
  if (given !== null) return { ok: true, segment, given };
  const { at, expected } = scan.failure ?? { at: scan.at, expected: 'a segment' };
  const column = at + 1;
  return {
    ok: false,
    column,
    expected,
    message: `column ${column}: expected ${expected}, found ${foundAt(scan, at)}`,
  };
}
