import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type PcapngFile, writePcapng } from './pcapng.ts';

const hexOf = (bytes: Uint8Array): string =>
  Array.from(bytes, (b) => b.toString(16).padStart(2, '0')).join('');
const hex = (text: TemplateStringsArray): string => text.raw.join('').replace(/\s+/g, '');

const one = (over: Partial<PcapngFile['packets'][number]>): PcapngFile => ({
  interfaces: [{ name: 'lo' }],
  packets: [{ interface: 0, timeNs: 0, bytes: Uint8Array.of(0x45), ...over }],
});

interface Block {
  type: number;
  body: DataView;
}

/** Walks the blocks as a reader does, checking both lengths of each. */
function blocksOf(file: Uint8Array): Block[] {
  const view = new DataView(file.buffer, file.byteOffset, file.byteLength);
  const blocks: Block[] = [];
  for (let at = 0; at < file.length; ) {
    const length = view.getUint32(at + 4, true);
    expect(length % 4).toBe(0);
    expect(view.getUint32(at + length - 4, true)).toBe(length);
    blocks.push({ type: view.getUint32(at, true), body: new DataView(file.buffer, at + 8, length - 12) });
    at += length;
  }
  return blocks;
}

/** Options from `at` to their end mark, by code. */
function optionsAt(body: DataView, start: number): Map<number, Uint8Array> {
  const options = new Map<number, Uint8Array>();
  let at = start;
  while (at < body.byteLength && body.getUint16(at, true) !== 0) {
    const length = body.getUint16(at + 2, true);
    options.set(body.getUint16(at, true), new Uint8Array(body.buffer, body.byteOffset + at + 4, length));
    at += 4 + Math.ceil(length / 4) * 4;
  }
  if (options.size > 0) expect(at + 4).toBe(body.byteLength);
  return options;
}

describe('a pcapng file', () => {
  it('has these bytes', () => {
    const file = writePcapng({
      interfaces: [{ name: 'tun0' }],
      packets: [{ interface: 0, timeNs: 0x100000002, bytes: Uint8Array.of(0x45, 0, 0), comment: 'ä' }],
    });
    expect(hexOf(file)).toBe(hex`
      0a0d0d0a 2c000000 4d3c2b1a 01000000 ffffffff ffffffff 0400 0800 68616c666f70656e 00000000 2c000000
      01000000 28000000 6500 0000 00000000 0200 0400 74756e30 0900 0100 09000000 00000000 28000000
      06000000 30000000 00000000 01000000 02000000 03000000 03000000 45000000 0100 0200 c3a40000 00000000 30000000`);
  });

  it('has one interface block for each interface, then the packets in their order', () => {
    const bytes = Uint8Array.of(0x60, 1, 2, 3);
    const file = writePcapng({
      interfaces: [{ name: 'client' }, { name: 'server' }],
      packets: [
        { interface: 1, timeNs: 9, bytes },
        { interface: 0, timeNs: 5, bytes: bytes.subarray(1) },
      ],
    });
    const blocks = blocksOf(file);
    expect(blocks.map((b) => b.type)).toEqual([0x0a0d0d0a, 1, 1, 6, 6]);
    expect(blocks.slice(3).map((b) => [b.body.getUint32(0, true), b.body.getUint32(8, true)])).toEqual([
      [1, 9],
      [0, 5],
    ]);
    const names = blocks.slice(1, 3).map((b) => new TextDecoder().decode(optionsAt(b.body, 8).get(2)));
    expect(names).toEqual(['client', 'server']);
  });

  it('splits any time into two exact halves', () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (timeNs) => {
        const packet = blocksOf(writePcapng(one({ timeNs })))[2] as Block;
        const high = BigInt(packet.body.getUint32(4, true));
        expect((high << 32n) | BigInt(packet.body.getUint32(8, true))).toBe(BigInt(timeNs));
      }),
    );
  });

  it('says when time 0 was, and only when asked', () => {
    const offset = (startSeconds?: number) => {
      const file = writePcapng({ ...one({}), ...(startSeconds === undefined ? {} : { startSeconds }) });
      return optionsAt((blocksOf(file)[1] as Block).body, 8).get(14);
    };
    expect(offset()).toBeUndefined();
    expect(hexOf(offset(1_700_000_000) as Uint8Array)).toBe('00f1536500000000');
    expect(hexOf(offset(2 ** 33 + 1) as Uint8Array)).toBe('0100000002000000');
  });

  it('pads packets of any length and keeps their bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70 }), fc.option(fc.string()), (bytes, comment) => {
        const file = writePcapng(one({ bytes, ...(comment === null ? {} : { comment }) }));
        const { body } = blocksOf(file)[2] as Block;
        expect([body.getUint32(12, true), body.getUint32(16, true)]).toEqual([bytes.length, bytes.length]);
        expect(new Uint8Array(body.buffer, body.byteOffset + 20, bytes.length)).toEqual(bytes);
        const options = optionsAt(body, 20 + Math.ceil(bytes.length / 4) * 4);
        expect([...options.keys()]).toEqual(comment === null ? [] : [1]);
      }),
    );
  });

  it('writes no packet block for no packets', () => {
    expect(blocksOf(writePcapng({ interfaces: [], packets: [] })).map((b) => b.type)).toEqual([0x0a0d0d0a]);
  });
});

describe('text', () => {
  const comment = (text: string): Uint8Array =>
    optionsAt((blocksOf(writePcapng(one({ comment: text })))[2] as Block).body, 24).get(1) as Uint8Array;

  it('is the UTF-8 of the platform, lone surrogates included', () => {
    expect(new TextDecoder().decode(comment('SYN → 第三次握手 🔒'))).toBe('SYN → 第三次握手 🔒');
    for (const edge of [
      '\x7f\x80',
      '\u07ff\u0800',
      '\ud7ff \ud800 \udbff \udc00 \udfff \ue000',
      '\uffff\u{10000}\u{10ffff}',
    ]) {
      expect(comment(edge)).toEqual(new TextEncoder().encode(edge));
    }
    fc.assert(
      fc.property(fc.array(fc.nat(0xffff)), (units) => {
        const text = `x${String.fromCharCode(...units)}`;
        expect(comment(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), (text) => {
        expect(comment(text)).toEqual(new TextEncoder().encode(text));
      }),
    );
  });

  it('is cut between characters at 65535 bytes', () => {
    expect(comment('手'.repeat(30_000))).toHaveLength(65535);
    expect(comment(`x${'手'.repeat(30_000)}`)).toHaveLength(65533);
  });
});

describe('what only a bug can cause', () => {
  it.each<[string, PcapngFile]>([
    ['an interface that does not exist', one({ interface: 1 })],
    ['a negative interface', one({ interface: -1 })],
    ['a time before 0', one({ timeNs: -1 })],
    ['half a nanosecond', one({ timeNs: 0.5 })],
    ['a time beyond 2^53', one({ timeNs: 2 ** 53 })],
    ['half a second of start', { ...one({}), startSeconds: 0.5 }],
  ])('throws for %s', (_name, file) => {
    expect(() => writePcapng(file)).toThrow(RangeError);
  });
});
