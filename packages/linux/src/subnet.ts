// Who owns which address of a TUN subnet. The engine owns the address that was asked for; the kernel's side of the
// device needs one of its own in the same subnet, so that the host routes the subnet into the device.

import { type Addr, addr, formatAddr, isV4, parseAddr, sameAddr } from '@halfopen/engine';

/** An address of the engine with its subnet, and the address that the kernel's end of the TUN device takes. */
export interface TunAddress {
  readonly engine: Addr;
  /** Network bits: 0..32 for IPv4, 0..128 for IPv6. */
  readonly prefix: number;
  readonly host: Addr;
}

/** An address with its prefix length, as `ip addr` prints it. */
export interface Cidr {
  readonly address: Addr;
  readonly prefix: number;
}

const widthOf = (a: Addr): number => (isV4(a) ? 32 : 128);

/** Reads `10.80.0.2/24` or `fd80::2/64`. Returns the reason as text when it is neither. */
export function parseCidr(text: string): Cidr | string {
  const [host = '', bits, ...rest] = text.split('/');
  const address = parseAddr(host);
  if (address === null || rest.length > 0)
    return `expected an address such as 10.80.0.2/24 or fd80::2/64, not ${text}`;
  if (bits === undefined) return `expected a prefix length, such as ${host}/${isV4(address) ? 24 : 64}`;
  const prefix = Number(bits);
  if (!/^\d{1,3}$/.test(bits) || prefix > widthOf(address))
    return `expected a prefix of 0 to ${widthOf(address)}, not /${bits}`;
  return { address, prefix };
}

/** The bits of 32-bit word `index` (0..3) that belong to the network, for a prefix counted over all 128 bits. */
function maskWord(prefix: number, index: number): number {
  const bits = Math.min(32, Math.max(0, prefix - index * 32));
  return bits === 0 ? 0 : (-1 << (32 - bits)) | 0;
}

/** First address of the subnet. */
export function networkOf({ address, prefix }: Cidr): Addr {
  const bits = isV4(address) ? prefix + 96 : prefix;
  const masked = (word: number, i: number): number => word & maskWord(bits, i);
  return addr(masked(address.w0, 0), masked(address.w1, 1), masked(address.w2, 2), masked(address.w3, 3));
}

export const contains = (subnet: Cidr, a: Addr): boolean =>
  isV4(subnet.address) === isV4(a) &&
  sameAddr(networkOf(subnet), networkOf({ address: a, prefix: subnet.prefix }));

/** True when one of the two subnets lies in the other. */
export const overlaps = (a: Cidr, b: Cidr): boolean =>
  contains(a.prefix <= b.prefix ? a : b, a.prefix <= b.prefix ? b.address : a.address);

const plus = (a: Addr, n: number): Addr => addr(a.w0, a.w1, a.w2, a.w3 + n);

/** Candidates for the kernel's side: .1, .2 and so on; in a /31 or /127 also the first address itself (RFC 3021, 6164). */
function* hostCandidates(subnet: Cidr): Generator<Addr> {
  const network = networkOf(subnet);
  const free = widthOf(subnet.address) - subnet.prefix;
  if (free === 1) yield network;
  const last = free >= 8 ? 254 : 2 ** free - (free > 1 ? 2 : 1);
  for (let n = 1; n <= last; n++) yield plus(network, n);
}

/**
 * Chooses the kernel's side for each engine address: the lowest address of the subnet that no engine address takes.
 * Engine addresses of one subnet share it. Returns the reason as text when a subnet has no room for it.
 */
export function planAddresses(engine: readonly Cidr[]): TunAddress[] | string {
  const plan: TunAddress[] = [];
  for (const cidr of engine) {
    const text = `${formatAddr(cidr.address)}/${cidr.prefix}`;
    if (plan.some((p) => sameAddr(p.engine, cidr.address))) return `${text} is given twice`;
    const shared = plan.find((p) => contains(cidr, p.host) && p.prefix === cidr.prefix);
    const host = shared?.host ?? freeHost(cidr, engine);
    if (host === undefined)
      return `${text} leaves no second address for the kernel's side of the device; use a shorter prefix`;
    plan.push({ engine: cidr.address, prefix: cidr.prefix, host });
  }
  return plan;
}

function freeHost(subnet: Cidr, taken: readonly Cidr[]): Addr | undefined {
  for (const candidate of hostCandidates(subnet)) {
    if (!taken.some((t) => sameAddr(t.address, candidate))) return candidate;
  }
  return undefined;
}

/** An address of one of this host's interfaces. */
export interface HostAddress extends Cidr {
  readonly device: string;
}

/** The interface address whose subnet overlaps `wanted`, which would take the traffic away from the device. */
export const inUse = (wanted: Cidr, host: readonly HostAddress[]): HostAddress | undefined =>
  host.find((h) => isV4(h.address) === isV4(wanted.address) && overlaps(h, wanted));
