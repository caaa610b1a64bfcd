import { parseAddr } from '@halfopen/engine';
import { describe, expect, it } from 'vitest';
import { answerErrno, newAddress, newRoute, setLinkUp } from './rtnetlink.ts';

const hex = (bytes: Uint8Array): string =>
  Buffer.from(bytes)
    .toString('hex')
    .replace(/(.{8})(?=.)/g, '$1 ');

describe('rtnetlink messages', () => {
  it('add an IPv4 address with its prefix', () => {
    expect(hex(newAddress(7, parseAddr('10.80.0.1')!, 24, 1))).toBe(
      '28000000 14000506 01000000 00000000 02180200 07000000 08000200 0a500001 08000100 0a500001',
    );
  });

  it('add an IPv6 address', () => {
    expect(hex(newAddress(7, parseAddr('fd80::1')!, 64, 2))).toBe(
      '40000000 14000506 02000000 00000000 0a400200 07000000' +
        ' 14000200 fd800000 00000000 00000000 00000001 14000100 fd800000 00000000 00000000 00000001',
    );
  });

  it('bring a device up with its MTU and queue length', () => {
    expect(hex(setLinkUp(7, 1500, 500, 3))).toBe(
      '30000000 10000500 03000000 00000000 00000000 07000000 01000000 01000000 08000400 dc050000 08000d00 f4010000',
    );
  });

  it('are answered with an errno, negative on the wire', () => {
    const answer = new Uint8Array(36);
    const view = new DataView(answer.buffer);
    view.setUint16(4, 2, true);
    view.setInt32(16, -1, true);
    expect(answerErrno(answer)).toBe(1);
    expect(answerErrno(answer.subarray(0, 18))).toBeNull();
  });

  it('add a route on link, with an MTU of its own', () => {
    expect(hex(newRoute(3, parseAddr('203.0.113.0')!, 24, 1400, 7))).toBe(
      '38000000 18000505 07000000 00000000 02180000 fe03fd01 00000000 08000100 cb007100 08000400 03000000 0c000800 08000200 78050000',
    );
  });
});
