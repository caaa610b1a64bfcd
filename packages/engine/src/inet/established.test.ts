import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ip, testSock } from '../../test/inet-sock.ts';
import { type Addr, addr, formatEndpoint, v4 } from '../addr.ts';
import { handleOf, REQUEST4, REQUEST6, SOCK, TIMEWAIT4, TIMEWAIT6 } from '../handle.ts';
import { MINI6_WORDS, setMiniTuple } from '../mini.ts';
import { newSlab, slabGive, slabTake } from '../slab.ts';
import type { Sock } from '../sock.ts';
import { setDestination, setSource, takeSegment } from '../wire/segment.ts';
import {
  findSegment,
  findTuple,
  insertHandle,
  newEstablished,
  removeHandle,
  replaceHandle,
  segmentHash,
  type Tables,
  tupleHash,
} from './established.ts';

interface Tuple {
  local: Addr;
  lport: number;
  remote: Addr;
  rport: number;
}
type Rig = Tables & { socks: Map<number, Sock> };

const rig = (): Rig => ({
  slabs: [0, 0, 10, 10 + MINI6_WORDS, 10, 10 + MINI6_WORDS].map((words) => newSlab(words)),
  socks: new Map(),
  established: newEstablished(0x1234, 0x5678),
});

/** A record of the kind with the tuple; its handle. */
function record(t: Rig, kind: number, { local, lport, remote, rport }: Tuple): number {
  if (kind === SOCK) {
    const id = t.socks.size + 1;
    t.socks.set(id, testSock(id, '0.0.0.0', {}, { local, lport, remote, rport }));
    return handleOf(SOCK, id);
  }
  const slot = slabTake(t.slabs[kind]!);
  setMiniTuple(t.slabs[kind]!, slot, kind === REQUEST6 || kind === TIMEWAIT6, local, lport, remote, rport);
  return handleOf(kind, slot);
}

const find = (t: Tables, { local, lport, remote, rport }: Tuple): number =>
  findTuple(t, local, lport, remote, rport);
const nameOf = (u: Tuple): string =>
  `${formatEndpoint(u.local, u.lport)} ${formatEndpoint(u.remote, u.rport)}`;
const tuple4: Tuple = { local: ip('10.0.0.1'), lport: 80, remote: ip('10.0.0.2'), rport: 40_000 };
const tuple6: Tuple = { local: ip('2001:db8::1'), lport: 80, remote: ip('2001:db8::2'), rport: 40_000 };

describe('lookup', () => {
  test.each([
    ['socket', SOCK, tuple4],
    ['socket', SOCK, tuple6],
    ['request', REQUEST4, tuple4],
    ['request', REQUEST6, tuple6],
    ['TIME-WAIT', TIMEWAIT4, tuple4],
    ['TIME-WAIT', TIMEWAIT6, tuple6],
  ])('finds a %s (kind %d) by tuple and by arriving segment', (_name, kind, u) => {
    const t = rig();
    const handle = record(t, kind, u);
    expect(insertHandle(t, handle)).toBe(true);
    expect(find(t, u)).toBe(handle);
    const seg = takeSegment();
    setSource(seg, u.remote);
    setDestination(seg, u.local);
    seg.sport = u.rport;
    seg.dport = u.lport;
    expect(findSegment(t, seg)).toBe(handle);
    expect(segmentHash(t.established, seg)).toBe(
      tupleHash(t.established, u.local, u.lport, u.remote, u.rport),
    );
    expect(find(t, { ...u, rport: 40_001 })).toBe(0);
    expect(find(t, { local: u.remote, lport: u.rport, remote: u.local, rport: u.lport })).toBe(0);
  });

  test('an equal tuple is refused, whatever kind it has', () => {
    const t = rig();
    insertHandle(t, record(t, REQUEST4, tuple4));
    expect(insertHandle(t, record(t, SOCK, tuple4))).toBe(false);
    expect(t.established.count).toBe(1);
  });

  test('a TIME-WAIT record takes the place of its socket', () => {
    const t = rig();
    const sock = record(t, SOCK, tuple4);
    const wait = record(t, TIMEWAIT4, tuple4);
    insertHandle(t, sock);
    replaceHandle(t, sock, wait);
    expect(find(t, tuple4)).toBe(wait);
    expect(() => removeHandle(t, sock)).toThrow(/not in the table/);
  });
});

describe('size', () => {
  test('is at most half full, and shrinks again', () => {
    const t = rig();
    const handles = Array.from({ length: 5000 }, (_, i) => record(t, REQUEST4, { ...tuple4, rport: i }));
    for (const h of handles) {
      insertHandle(t, h);
      expect(2 * t.established.count).toBeLessThanOrEqual(t.established.index.length);
    }
    expect(t.established.index.length).toBe(16_384);
    for (const h of handles) removeHandle(t, h);
    expect(t.established.count).toBe(0);
    expect(t.established.index.length).toBe(512);
    expect(t.established.index.every((h) => h === 0)).toBe(true);
  });
});

const word = fc.integer({ min: 1, max: 3 });
/** Both ends of one family, as every connection has them. */
const tuples = fc
  .record({
    wide: fc.boolean(),
    l: word,
    r: word,
    lport: fc.integer({ min: 65_530, max: 65_535 }),
    rport: fc.integer({ min: 32_766, max: 32_770 }),
  })
  .map(({ wide, l, r, lport, rport }): Tuple => {
    const address = (n: number): Addr => (wide ? addr(0x20010db8, 0, 0, n) : v4(n));
    return { local: address(l), lport, remote: address(r), rport };
  });
const steps = fc.array(
  fc.record({ u: tuples, what: fc.constantFrom('insert', 'insert', 'remove'), full: fc.nat(2) }),
  { maxLength: 400 },
);

describe('against a Map', () => {
  test('any history of inserts and removes finds the same records', () => {
    fc.assert(
      fc.property(steps, (list) => {
        const t = rig();
        const model = new Map<string, number>();
        for (const { u, what, full } of list) {
          const wide = (u.local.w0 | u.remote.w0) !== 0;
          const kind =
            full === 0 ? SOCK : full === 1 ? (wide ? REQUEST6 : REQUEST4) : wide ? TIMEWAIT6 : TIMEWAIT4;
          const known = model.get(nameOf(u)) ?? 0;
          expect(find(t, u)).toBe(known);
          if (what === 'insert') {
            const handle = record(t, kind, u);
            expect(insertHandle(t, handle)).toBe(known === 0);
            if (known === 0) model.set(nameOf(u), handle);
            else if (kind !== SOCK) slabGive(t.slabs[kind]!, handle & 0xfffffff);
          } else if (known !== 0) {
            removeHandle(t, known);
            model.delete(nameOf(u));
          }
        }
        expect(t.established.count).toBe(model.size);
        for (const { u } of list) expect(find(t, u)).toBe(model.get(nameOf(u)) ?? 0);
      }),
      { numRuns: 200 },
    );
  });
});
