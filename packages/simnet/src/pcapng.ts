// A pcapng file (draft-ietf-opsawg-pcapng) of raw IP packets, little-endian, one section: section header, interface
// descriptions, enhanced packets. Times are nanoseconds. Left out: reading, name resolution, statistics, splitting.

export interface PcapngInterface {
  /** Shown by Wireshark as the interface name, e.g. `client` or `tun0`. */
  readonly name: string;
}

export interface PcapngPacket {
  /** Index into `interfaces`. */
  readonly interface: number;
  /** Nanoseconds since `startSeconds`: 0..2^53-1, which is 104 days. */
  readonly timeNs: number;
  /** An IPv4 or IPv6 packet, at most 2^31 bytes. */
  readonly bytes: Uint8Array;
  /** Shown in Wireshark's packet comments; cut at 65535 bytes of UTF-8. */
  readonly comment?: string;
}

export interface PcapngFile {
  /** When time 0 was, in whole seconds since 1970-01-01; 0 when absent. Epoch nanoseconds do not fit a number. */
  readonly startSeconds?: number;
  readonly interfaces: readonly PcapngInterface[];
  readonly packets: readonly PcapngPacket[];
}

const SECTION_HEADER = 0x0a0d0d0a;
const INTERFACE_DESCRIPTION = 1;
const ENHANCED_PACKET = 6;
const BYTE_ORDER_MAGIC = 0x1a2b3c4d;
/** LINKTYPE_RAW: the packet begins with its IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101;

const OPT_END = 0;
const OPT_COMMENT = 1;
const SHB_USERAPPL = 4;
const IF_NAME = 2;
const IF_TSRESOL = 9;
const IF_TSOFFSET = 14;
const NANOSECONDS = 9;

const OPTION_VALUE_MAX = 0xffff;
const WORD = 0x100000000;

interface Option {
  readonly code: number;
  readonly value: Uint8Array;
}

const align = (length: number): number => (length + 3) & ~3;

/** UTF-8 of one code point; lone surrogates become U+FFFD. */
function utf8Of(codePoint: number): number[] {
  if (codePoint >= 0xd800 && codePoint <= 0xdfff) return [0xef, 0xbf, 0xbd];
  if (codePoint < 0x80) return [codePoint];
  const tail = (shift: number): number => 0x80 | ((codePoint >> shift) & 0x3f);
  if (codePoint < 0x800) return [0xc0 | (codePoint >> 6), tail(0)];
  if (codePoint < 0x10000) return [0xe0 | (codePoint >> 12), tail(6), tail(0)];
  return [0xf0 | (codePoint >> 18), tail(12), tail(6), tail(0)];
}

/** UTF-8, cut before the character that would go over what an option can hold. */
function utf8(text: string): Uint8Array {
  const out: number[] = [];
  for (const char of text) {
    const bytes = utf8Of(char.codePointAt(0) as number);
    if (out.length + bytes.length > OPTION_VALUE_MAX) break;
    out.push(...bytes);
  }
  return Uint8Array.from(out);
}

/** Bytes of an option list with its end mark; an empty list takes none. */
const optionListLength = (options: readonly Option[]): number =>
  options.length === 0 ? 0 : options.reduce((sum, o) => sum + 4 + align(o.value.length), 4);

function putOptions(view: DataView, start: number, options: readonly Option[]): number {
  if (options.length === 0) return start;
  let at = start;
  for (const { code, value } of options) {
    view.setUint16(at, code, true);
    view.setUint16(at + 2, value.length, true);
    new Uint8Array(view.buffer).set(value, at + 4);
    at += 4 + align(value.length);
  }
  view.setUint16(at, OPT_END, true);
  return at + 4;
}

/** A block: type, length, fixed words, data, options, length again. */
function block(
  type: number,
  words: readonly number[],
  data: Uint8Array,
  options: readonly Option[],
): Uint8Array {
  const length = 12 + words.length * 4 + align(data.length) + optionListLength(options);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, type, true);
  view.setUint32(4, length, true);
  words.forEach((word, i) => {
    view.setUint32(8 + i * 4, word, true);
  });
  const dataAt = 8 + words.length * 4;
  bytes.set(data, dataAt);
  const end = putOptions(view, dataAt + align(data.length), options);
  view.setUint32(end, length, true);
  return bytes;
}

const NO_BYTES = new Uint8Array(0);

/** Version 1.0; the section's length is left open (-1). */
const sectionHeader = (): Uint8Array =>
  block(SECTION_HEADER, [BYTE_ORDER_MAGIC, 1, WORD - 1, WORD - 1], NO_BYTES, [
    { code: SHB_USERAPPL, value: utf8('halfopen') },
  ]);

/** Seconds as the 64-bit offset that a reader adds to every time. */
function offsetOf(seconds: number): Uint8Array {
  const value = new Uint8Array(8);
  const view = new DataView(value.buffer);
  view.setUint32(0, seconds % WORD, true);
  view.setUint32(4, Math.floor(seconds / WORD), true);
  return value;
}

/** The second word is the snap length; 0 means no limit. */
function interfaceDescription(name: string, startSeconds: number): Uint8Array {
  const options = [
    { code: IF_NAME, value: utf8(name) },
    { code: IF_TSRESOL, value: Uint8Array.of(NANOSECONDS) },
  ];
  if (startSeconds > 0) options.push({ code: IF_TSOFFSET, value: offsetOf(startSeconds) });
  return block(INTERFACE_DESCRIPTION, [LINKTYPE_RAW, 0], NO_BYTES, options);
}

/** The block of one packet, which a writer may append to a file that has no end yet. */
export function pcapngPacket(packet: PcapngPacket): Uint8Array {
  const { timeNs, bytes, comment } = packet;
  const words = [packet.interface, Math.floor(timeNs / WORD), timeNs % WORD, bytes.length, bytes.length];
  const options = comment === undefined ? [] : [{ code: OPT_COMMENT, value: utf8(comment) }];
  return block(ENHANCED_PACKET, words, bytes, options);
}

const isWholeTime = (time: number): boolean => Number.isSafeInteger(time) && time >= 0;

function checkPacket(packet: PcapngPacket, interfaceCount: number, i: number): void {
  if (!Number.isInteger(packet.interface) || packet.interface < 0 || packet.interface >= interfaceCount) {
    throw new RangeError(`packet ${i}: interface ${packet.interface} is not one of ${interfaceCount}`);
  }
  if (!isWholeTime(packet.timeNs)) {
    throw new RangeError(`packet ${i}: ${packet.timeNs} is no time in whole nanoseconds`);
  }
}

/**
 * The file's bytes. Packets stay in the order given. Throws RangeError for what only a bug can cause: an interface
 * that does not exist, or a time that is negative or not a whole number.
 */
export function writePcapng(file: PcapngFile): Uint8Array {
  const { startSeconds = 0 } = file;
  if (!isWholeTime(startSeconds)) throw new RangeError(`start ${startSeconds} is no time in whole seconds`);
  file.packets.forEach((packet, i) => {
    checkPacket(packet, file.interfaces.length, i);
  });
  const blocks = [
    sectionHeader(),
    ...file.interfaces.map(({ name }) => interfaceDescription(name, startSeconds)),
    ...file.packets.map(pcapngPacket),
  ];
  const out = new Uint8Array(blocks.reduce((sum, b) => sum + b.length, 0));
  let at = 0;
  for (const b of blocks) {
    out.set(b, at);
    at += b.length;
  }
  return out;
}
