// TCP options as bytes, in the layouts that Linux sends:
//
//   MSS; then SACK-permitted + timestamps in one 12-byte group, or NOP NOP timestamps, or NOP NOP SACK-permitted;
//   then NOP window-scale; then NOP NOP SACK blocks; then Fast Open with NOPs behind it up to a multiple of four.
//
// Decoding keeps the record truthful: every well-formed option is recorded, whatever segment carries it. What Linux
// ignores is the reader's business: tcp_parse_options() takes MSS (when not 0), window scale (at most 14) and
// SACK-permitted only from a SYN, Fast Open only from a SYN and with an even length, SACK only when it was negotiated.
// Left out: MD5, AO, MPTCP, SMC and the experimental Fast Open kind, which stay in `rawOptions`.

import { get16, get32, put32 } from './encode-bytes.ts';
import { ABSENT, type Segment } from './segment.ts';

/** A TCP header has at most 15 words, five of them fixed. */
export const OPTIONS_MAX = 40;

// Option kinds. Source: include/net/tcp.h TCPOPT_* v6.18.
export const OPT_EOL = 0;
export const OPT_NOP = 1;
export const OPT_MSS = 2;
export const OPT_WSCALE = 3;
export const OPT_SACK_PERMITTED = 4;
export const OPT_SACK = 5;
export const OPT_TIMESTAMP = 8;
export const OPT_FAST_OPEN = 34;

const MSS_LENGTH = 4;
const WSCALE_LENGTH = 3;
const SACK_PERMITTED_LENGTH = 2;
const TIMESTAMP_LENGTH = 10;
const SACK_BLOCK_LENGTH = 8;

const align = (length: number): number => (length + 3) & ~3;

/** MSS, SACK-permitted, timestamps and window scale with their NOPs: 0..20 bytes. */
function fixedLength(seg: Segment): number {
  let length = seg.mss === ABSENT ? 0 : MSS_LENGTH;
  if (seg.hasTimestamp) length += align(TIMESTAMP_LENGTH);
  else if (seg.sackPermitted) length += align(SACK_PERMITTED_LENGTH);
  return seg.wscale === ABSENT ? length : length + align(WSCALE_LENGTH);
}

/** SACK blocks that still fit behind `used` bytes. @kernel tcp_established_options net/ipv4/tcp_output.c v6.18 */
function sackBlocksThatFit(seg: Segment, used: number): number {
  if (seg.sack === null) return 0;
  return Math.min(seg.sack.length >> 1, Math.floor((OPTIONS_MAX - used - 4) / SACK_BLOCK_LENGTH));
}

/** Bytes of the Fast Open option with its NOPs; 0 when absent or when it does not fit, as in tcp_syn_options(). */
function fastOpenLength(seg: Segment, used: number): number {
  if (seg.fastOpen === null) return 0;
  const length = align(2 + seg.fastOpen.length);
  return used + length <= OPTIONS_MAX ? length : 0;
}

/**
 * Length of the segment's options on the wire: 0..40, a multiple of 4. SACK blocks and a Fast Open cookie that do not
 * fit are left away, as Linux does.
 *
 * @kernel tcp_syn_options, tcp_synack_options, tcp_established_options net/ipv4/tcp_output.c v6.18 simplified
 */
export function optionsLength(seg: Segment): number {
  if (seg.rawOptions !== null) return align(Math.min(seg.rawOptions.length, OPTIONS_MAX));
  let length = fixedLength(seg);
  const blocks = sackBlocksThatFit(seg, length);
  if (blocks > 0) length += 4 + blocks * SACK_BLOCK_LENGTH;
  return length + fastOpenLength(seg, length);
}

const NOP_NOP = (OPT_NOP << 24) | (OPT_NOP << 16);
/** Two NOPs and the first two bytes of an option whose length is 2 modulo 4. */
const groupHead = (kind: number, length: number): number => NOP_NOP | (kind << 8) | length;
const SACK_PERMITTED_TIMESTAMP =
  (OPT_SACK_PERMITTED << 24) | (SACK_PERMITTED_LENGTH << 16) | (OPT_TIMESTAMP << 8) | TIMESTAMP_LENGTH;

function putRaw(raw: Uint8Array, out: Uint8Array, at: number): number {
  const length = Math.min(raw.length, OPTIONS_MAX);
  for (let i = 0; i < length; i++) out[at + i] = raw[i] as number;
  for (let i = length; i < align(length); i++) out[at + i] = OPT_EOL;
  return at + align(length);
}

function putFixed(seg: Segment, out: Uint8Array, start: number): number {
  let at = start;
  if (seg.mss !== ABSENT) {
    put32(out, at, (OPT_MSS << 24) | (MSS_LENGTH << 16) | (seg.mss & 0xffff));
    at += 4;
  }
  if (seg.hasTimestamp) {
    put32(out, at, seg.sackPermitted ? SACK_PERMITTED_TIMESTAMP : groupHead(OPT_TIMESTAMP, TIMESTAMP_LENGTH));
    put32(out, at + 4, seg.tsVal);
    put32(out, at + 8, seg.tsEcr);
    at += 12;
  } else if (seg.sackPermitted) {
    put32(out, at, groupHead(OPT_SACK_PERMITTED, SACK_PERMITTED_LENGTH));
    at += 4;
  }
  if (seg.wscale !== ABSENT) {
    put32(out, at, (OPT_NOP << 24) | (OPT_WSCALE << 16) | (WSCALE_LENGTH << 8) | (seg.wscale & 0xff));
    at += 4;
  }
  return at;
}

function putSack(sack: readonly number[], blocks: number, out: Uint8Array, start: number): number {
  put32(out, start, groupHead(OPT_SACK, 2 + blocks * SACK_BLOCK_LENGTH));
  let at = start + 4;
  for (let i = 0; i < blocks * 2; i++, at += 4) put32(out, at, sack[i] as number);
  return at;
}

function putFastOpen(cookie: Uint8Array, length: number, out: Uint8Array, at: number): number {
  out[at] = OPT_FAST_OPEN;
  out[at + 1] = 2 + cookie.length;
  for (let i = 0; i < cookie.length; i++) out[at + 2 + i] = cookie[i] as number;
  for (let i = 2 + cookie.length; i < length; i++) out[at + i] = OPT_NOP;
  return at + length;
}

/**
 * Writes the options at `out[at]` and returns how many bytes they take (`optionsLength(seg)`; the room must be there).
 * `rawOptions`, when set, wins over the named fields and is padded with end-of-list bytes.
 *
 * @kernel tcp_options_write net/ipv4/tcp_output.c v6.18 simplified
 */
export function encodeOptions(seg: Segment, out: Uint8Array, at: number): number {
  if (seg.rawOptions !== null) return putRaw(seg.rawOptions, out, at) - at;
  let end = putFixed(seg, out, at);
  const blocks = sackBlocksThatFit(seg, end - at);
  if (seg.sack !== null && blocks > 0) end = putSack(seg.sack, blocks, out, end);
  const cookieLength = fastOpenLength(seg, end - at);
  if (seg.fastOpen !== null && cookieLength > 0) end = putFastOpen(seg.fastOpen, cookieLength, out, end);
  return end - at;
}

function readSack(bytes: Uint8Array, start: number, end: number): number[] {
  const blocks: number[] = [];
  for (let at = start; at < end; at += 4) blocks.push(get32(bytes, at));
  return blocks;
}

/** Records one option whose `length` bytes start at `at`. A known kind of a wrong length is skipped like an unknown. */
function readOption(bytes: Uint8Array, at: number, length: number, seg: Segment): void {
  const kind = bytes[at];
  if (kind === OPT_MSS && length === MSS_LENGTH) {
    seg.mss = get16(bytes, at + 2);
  } else if (kind === OPT_WSCALE && length === WSCALE_LENGTH) {
    seg.wscale = bytes[at + 2] as number;
  } else if (kind === OPT_SACK_PERMITTED && length === SACK_PERMITTED_LENGTH) {
    seg.sackPermitted = true;
  } else if (kind === OPT_TIMESTAMP && length === TIMESTAMP_LENGTH) {
    seg.hasTimestamp = true;
    seg.tsVal = get32(bytes, at + 2);
    seg.tsEcr = get32(bytes, at + 6);
  } else if (kind === OPT_SACK && length > 2 && (length - 2) % SACK_BLOCK_LENGTH === 0) {
    seg.sack = readSack(bytes, at + 2, at + length);
  } else if (kind === OPT_FAST_OPEN) {
    seg.fastOpen = bytes.slice(at + 2, at + length);
  }
}

/**
 * Length of the option at `at`, or 0 when the list ends there: end-of-list, a length below 2, or one that runs over
 * `end`. A NOP has length 1.
 */
export function optionLengthAt(bytes: Uint8Array, at: number, end: number): number {
  const kind = bytes[at];
  if (kind === OPT_EOL) return 0;
  if (kind === OPT_NOP) return 1;
  const length = at + 1 < end ? (bytes[at + 1] as number) : 0;
  return length >= 2 && at + length <= end ? length : 0;
}

// Room to encode into for the comparison below; never read across calls.
const scratch = new Uint8Array(OPTIONS_MAX);

function isLinuxLayout(bytes: Uint8Array, start: number, end: number, seg: Segment): boolean {
  if (optionsLength(seg) !== end - start) return false;
  encodeOptions(seg, scratch, 0);
  for (let i = start; i < end; i++) if (bytes[i] !== scratch[i - start]) return false;
  return true;
}

/**
 * Reads the options in `bytes[start, end)` (at most 40 bytes) into `seg`, whose option fields must be blank. Unknown
 * kinds are skipped, a bad length ends the list, a repeated option overwrites. `rawOptions` is set only when encoding
 * the fields again would not give the same bytes. Never throws.
 *
 * @kernel tcp_parse_options net/ipv4/tcp_input.c v6.18 records also what Linux would ignore
 */
export function decodeOptions(bytes: Uint8Array, start: number, end: number, seg: Segment): void {
  if (start >= end) return;
  for (let at = start; at < end; ) {
    const length = optionLengthAt(bytes, at, end);
    if (length === 0) break;
    if (length > 1) readOption(bytes, at, length, seg);
    at += length;
  }
  if (!isLinuxLayout(bytes, start, end, seg)) seg.rawOptions = bytes.slice(start, end);
}
