import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { finishSum, sumBytes } from './checksum.ts';
import { DECODE_COUNTERS, type DecodeReason, decodePacket } from './decode.ts';
import { encodePacket } from './encode.ts';
import { formatSegment } from './notation.ts';
import { parseHex } from './notation-options.ts';

const hex = (text: TemplateStringsArray): Uint8Array => parseHex(text.raw.join('')) as Uint8Array;

// A SYN-ACK and urgent data as Linux sent them, and an IPv6 SYN-ACK.
const synAck = () => hex`4500003c000040004006b6b8c0000201c0000202
  1f909c4399ab2543000003e9a012fe881efb0000020405b40402080adec54890000000640103030a`;
const urgent = () => hex`45000029d3a640004006e324c0000201c0000202 1f909c42097425ff000003e95038faf02087000121`;
const synAck6 = () => hex`600000000028064020010db800000000000000000000000120010db8000000000000000000000002
  1f909c43316f895d000003e9a012fb0471b30000020405a00402080afb8e0958000000640103030a`;
const icmp = () => hex`45c00048dc8200004001196fc0000201c00002020b00e15d00000000
  4500002c0000400001068d8dc0000202c633640915b3005001020304000000006002ffff91de0000020405b4`;

/** Writes bytes over a packet; an IPv4 header checksum is made right again. */
function patched(packet: Uint8Array, at: number, ...bytes: number[]): Uint8Array {
  packet.set(bytes, at);
  if ((packet[0] as number) >>> 4 === 4) {
    packet.fill(0, 10, 12);
    const sum = finishSum(sumBytes(packet, 0, Math.max(((packet[0] as number) & 15) * 4, 20)));
    packet.set([sum >>> 8, sum & 0xff], 10);
  }
  return packet;
}

const verdict = (bytes: Uint8Array): DecodeReason | string => {
  const result = decodePacket(bytes);
  if (!result.ok) return result.reason;
  return result.packet.kind === 'tcp' ? formatSegment(result.packet) : 'icmp';
};

describe('why a packet is refused', () => {
  it.each<[DecodeReason, string, () => Uint8Array]>([
    ['truncated', 'no bytes', () => hex``],
    ['truncated', '19 bytes of an IPv4 header', () => synAck().slice(0, 19)],
    ['truncated', '39 bytes of an IPv6 header', () => synAck6().slice(0, 39)],
    ['truncated', 'one byte less than the IPv4 total length', () => synAck().slice(0, -1)],
    ['truncated', 'one byte less than the IPv6 payload length', () => synAck6().slice(0, -1)],
    ['truncated', 'IPv4 options beyond the end', () => patched(synAck().slice(0, 40), 0, 0x4f)],
    [
      'truncated',
      'an IPv6 extension header beyond the end',
      () => patched(synAck6(), 6, 60, 64, ...new Array(32).fill(1), 6, 99),
    ],
    [
      'truncated',
      'an IPv6 extension header that is not there at all',
      () => patched(synAck6().slice(0, 40), 4, 0, 0, 60),
    ],
    ['not-ip', 'version 5', () => patched(synAck(), 0, 0x55)],
    ['bad-ip-header', 'a header length of 16', () => patched(synAck(), 0, 0x44)],
    ['bad-ip-header', 'a total length below the header', () => patched(synAck(), 2, 0, 19)],
    [
      'bad-ip-header',
      'a v4-mapped source in IPv6',
      () => patched(synAck6(), 8, ...new Array(10).fill(0), 0xff, 0xff),
    ],
    [
      'bad-ip-header',
      'a v4-mapped destination in IPv6',
      () => patched(synAck6(), 24, ...new Array(10).fill(0), 0xff, 0xff),
    ],
    ['bad-ip-checksum', 'a changed TTL', () => synAck().fill(63, 8, 9)],
    ['fragment', 'more fragments', () => patched(synAck(), 6, 0x20, 0)],
    ['fragment', 'a fragment offset', () => patched(synAck(), 6, 0, 1)],
    ['fragment', 'an IPv6 fragment header', () => patched(synAck6(), 6, 44)],
    ['not-tcp', 'UDP', () => patched(synAck(), 9, 17)],
    ['not-tcp', 'ICMPv6 in IPv4', () => patched(synAck(), 9, 58)],
    ['not-tcp', 'ICMP in IPv6', () => patched(synAck6(), 6, 1)],
    ['short-tcp', '19 bytes of TCP', () => patched(synAck(), 2, 0, 39)],
    ['short-tcp', 'a data offset beyond the end', () => patched(urgent(), 32, 0x60)],
    ['bad-data-offset', 'a data offset of 4 words', () => patched(synAck(), 32, 0x4f)],
    ['bad-tcp-checksum', 'a changed port', () => patched(synAck(), 20, 0x1f, 0x91)],
    ['bad-tcp-checksum', 'a changed IPv4 source', () => patched(synAck(), 15, 2)],
    ['bad-tcp-checksum', 'a changed IPv6 source', () => patched(synAck6(), 23, 2)],
    ['bad-tcp-checksum', 'a changed last byte', () => patched(urgent(), 40, 0x22)],
    ['short-icmp', '7 bytes of ICMP', () => patched(icmp(), 2, 0, 27)],
    ['bad-icmp-checksum', 'a changed code', () => patched(icmp(), 21, 1)],
  ])('%s: %s', (reason, _name, bytes) => {
    expect(verdict(bytes())).toBe(reason);
  });

  it('counts in Linux only behind the IP layer, and the checksum twice', () => {
    expect(DECODE_COUNTERS['short-tcp']).toEqual(['TcpInSegs']);
    expect(DECODE_COUNTERS['bad-data-offset']).toEqual(['TcpInSegs', 'TcpInErrs']);
    expect(DECODE_COUNTERS['bad-tcp-checksum']).toEqual(['TcpInSegs', 'TcpInErrs', 'TcpInCsumErrors']);
    expect(Object.values(DECODE_COUNTERS).flat()).toHaveLength(6);
  });
});

describe('what is accepted', () => {
  const text = 'P.U 158606847:158606848(1) ack 1001 win 64240 urg 1';

  it('ignores link padding behind the packet', () => {
    const padded = new Uint8Array(60);
    padded.set(urgent());
    expect(verdict(padded)).toBe(text);
  });

  it('reads from the middle of a buffer, no further than the given length', () => {
    const buffer = new Uint8Array(200).fill(0x45);
    buffer.set(urgent(), 33);
    expect(decodePacket(buffer, 33, 41)).toEqual(decodePacket(urgent()));
    expect(decodePacket(buffer, 33, 40)).toEqual({ ok: false, reason: 'truncated' });
  });

  it('copies the payload, so that the buffer may be reused', () => {
    const buffer = urgent();
    const result = decodePacket(buffer);
    buffer.fill(0);
    expect(result).toMatchObject({ ok: true, packet: { payload: hex`21` } });
  });

  it('skips IPv4 options', () => {
    const bytes = new Uint8Array(45);
    bytes.set(urgent().subarray(0, 20));
    bytes.set(urgent().subarray(20), 24);
    bytes.set(hex`01010100`, 20);
    expect(verdict(patched(bytes, 0, 0x46, 0, 0, 45))).toBe(text);
  });

  it('skips hop-by-hop, routing and destination option headers', () => {
    const extensions = hex`2b00010400000000 3c00000000000000 0601010c 000000000000000000000000`;
    const original = synAck6();
    const bytes = new Uint8Array(original.length + extensions.length);
    bytes.set(original.subarray(0, 40));
    bytes.set(extensions, 40);
    bytes.set(original.subarray(40), 40 + extensions.length);
    bytes[6] = 0;
    bytes[5] = 40 + extensions.length;
    expect(verdict(bytes)).toBe(verdict(original));
  });

  it('takes IPv6 addresses that are v4-mapped only in part', () => {
    // The checksum refuses them, which comes after the look at the addresses.
    for (const at of [8, 24]) {
      const address = [0x20, ...new Array(9).fill(0), 0xff, 0xff];
      expect(verdict(patched(synAck6(), at, ...address))).toBe('bad-tcp-checksum');
    }
  });

  it('reads the traffic class and hop limit of IPv6', () => {
    const bytes = patched(synAck6(), 0, 0x6b, 0x8f);
    expect(decodePacket(bytes)).toMatchObject({ ok: true, packet: { tos: 0xb8, ttl: 64 } });
  });
});

describe('hostile bytes', () => {
  const samples = [synAck(), urgent(), synAck6(), icmp()];

  it('refuses every single changed bit of an IPv4 packet', () => {
    for (const sample of [synAck(), urgent(), icmp()]) {
      for (let bit = 0; bit < sample.length * 8; bit++) {
        const bytes = sample.slice();
        bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        expect(decodePacket(bytes), `bit ${bit}`).toMatchObject({ ok: false });
      }
    }
  });

  it('gets a verdict for any bytes and any range', () => {
    const range = fc.integer({ min: -5, max: 150 });
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 120 }),
        fc.constantFrom(0x45, 0x4f, 0x60),
        range,
        range,
        (bytes, first, offset, length) => {
          if (bytes.length > 0) bytes[0] = first;
          const ranged = decodePacket(bytes, offset, length);
          expect(ranged.ok || ranged.reason in DECODE_COUNTERS).toBe(true);
          const whole = decodePacket(bytes);
          expect(whole.ok || whole.reason in DECODE_COUNTERS).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });

  it('gets a verdict for any mutation, and what it accepts it can write again', () => {
    const mutation = fc.tuple(fc.nat(90), fc.nat(255));
    fc.assert(
      fc.property(
        fc.constantFrom(...samples),
        fc.array(mutation, { maxLength: 6 }),
        fc.boolean(),
        (sample, edits, repair) => {
          const bytes = sample.slice();
          for (const [at, byte] of edits) if (at < bytes.length) bytes[at] = byte;
          if (repair) repairChecksums(bytes);
          const result = decodePacket(bytes);
          expect(result.ok || result.reason in DECODE_COUNTERS).toBe(true);
          if (result.ok) expect(decodePacket(encodePacket(result.packet))).toEqual(result);
        },
      ),
      { numRuns: 3000 },
    );
  });
});

/** Makes the checksums of a mutated IPv4 packet without options right, so that the mutation gets past them. */
function repairChecksums(bytes: Uint8Array): void {
  if (bytes[0] !== 0x45) return;
  patched(bytes, 0, 0x45);
  const length = bytes.length - 20;
  const field = bytes[9] === 6 ? 36 : 22;
  bytes.fill(0, field, field + 2);
  const pseudo = bytes[9] === 6 ? sumBytes(bytes, 12, 20) + 6 + length : 0;
  const sum = finishSum(sumBytes(bytes, 20, bytes.length, pseudo));
  bytes.set([sum >>> 8, sum & 0xff], field);
}
