// The part that request and TIME-WAIT records share, as sock_common is shared in Linux: timer links, then the 4-tuple.
// IPv6 records carry six more address words at their end. @kernel sock_common include/net/sock.h v6.18

import { type Addr, addr, V4_MAPPED_W2 } from './addr.ts';
import { kindOf, REQUEST6, slotOf, TIMEWAIT6 } from './handle.ts';
import { type Slab, slabBase, slabGet, slabSet, slabWords } from './slab.ts';

/** Last word of the remote and the local address. */
export const MINI_REMOTE = 3;
export const MINI_LOCAL = 4;
/** remote port << 16 | local port. */
export const MINI_PORTS = 5;
/** Extra words of an IPv6 record, counted from `stride - MINI6_WORDS`: remote w0..w2, local w0..w2. */
export const MINI6_WORDS = 6;

export const isMini6 = (kind: number): boolean => kind === REQUEST6 || kind === TIMEWAIT6;

export function setMiniTuple(
  slab: Slab,
  slot: number,
  wide: boolean,
  local: Addr,
  lport: number,
  remote: Addr,
  rport: number,
): void {
  setMiniTuple4(slab, slot, local.w3, lport, remote.w3, rport);
  if (!wide) return;
  const base = slab.stride - MINI6_WORDS;
  slabSet(slab, slot, base, remote.w0);
  slabSet(slab, slot, base + 1, remote.w1);
  slabSet(slab, slot, base + 2, remote.w2);
  slabSet(slab, slot, base + 3, local.w0);
  slabSet(slab, slot, base + 4, local.w1);
  slabSet(slab, slot, base + 5, local.w2);
}

/** `setMiniTuple` for an IPv4 record, from the last words of the addresses. */
export function setMiniTuple4(
  slab: Slab,
  slot: number,
  local: number,
  lport: number,
  remote: number,
  rport: number,
): void {
  slabSet(slab, slot, MINI_REMOTE, remote);
  slabSet(slab, slot, MINI_LOCAL, local);
  slabSet(slab, slot, MINI_PORTS, (rport << 16) | lport);
}

export function miniRemote(slab: Slab, handle: number, wide: boolean): Addr {
  const slot = slotOf(handle);
  const w3 = slabGet(slab, slot, MINI_REMOTE);
  if (!wide) return addr(0, 0, V4_MAPPED_W2, w3);
  const base = slab.stride - MINI6_WORDS;
  return addr(slabGet(slab, slot, base), slabGet(slab, slot, base + 1), slabGet(slab, slot, base + 2), w3);
}

export function miniLocal(slab: Slab, handle: number, wide: boolean): Addr {
  const slot = slotOf(handle);
  const w3 = slabGet(slab, slot, MINI_LOCAL);
  if (!wide) return addr(0, 0, V4_MAPPED_W2, w3);
  const base = slab.stride - MINI6_WORDS + 3;
  return addr(slabGet(slab, slot, base), slabGet(slab, slot, base + 1), slabGet(slab, slot, base + 2), w3);
}

export const miniLocalPort = (slab: Slab, slot: number): number => slabGet(slab, slot, MINI_PORTS) & 0xffff;
export const miniRemotePort = (slab: Slab, slot: number): number => slabGet(slab, slot, MINI_PORTS) >>> 16;

/**
 * A cursor over mini records: pointed at one at a time, it allocates nothing. Subclasses name the words. It must be
 * pointed again after anything that may have given the record back.
 */
export class MiniView {
  handle = 0;
  private words: Int32Array = new Int32Array(0);
  private base = 0;

  at(owner: { readonly slabs: readonly Slab[] }, handle: number): this {
    const slab = owner.slabs[kindOf(handle)]!;
    this.handle = handle;
    this.words = slabWords(slab, slotOf(handle));
    this.base = slabBase(slab, slotOf(handle));
    return this;
  }

  protected get(word: number): number {
    return this.words[this.base + word]!;
  }

  protected set(word: number, value: number): void {
    this.words[this.base + word] = value;
  }
}
