// The local port that connect() chooses, as each era of kernels did it. The order in which ports are tried is the
// kernel's, to the number; a port in use may be shared when the 4-tuple is free, which the caller is asked for.
//
// @kernel __inet_hash_connect net/ipv4/inet_hashtables.c v6.18; the older eras are kept in `Behaviour.portChoice`.
// Left out: net.ipv4.ip_local_port_step_width (7.x). table_perturb is sparse here: an entry that was never written has a
// value derived from the secret, where Linux fills the table with random words at first use.

import { V4_MAPPED_W2 } from '../addr.ts';
import type { Behaviour } from '../profile.ts';
import { type RandomState, randomBelow } from '../random.ts';
import { siphash2, siphashInto } from '../siphash.ts';
import type { Sock } from '../sock.ts';
import type { Sysctls } from '../sysctl.ts';
import { type BindTable, bindBucket } from './bind-table.ts';
import { isReservedPort, localPortRange, type PortRange } from './port-range.ts';

export interface EphemeralPorts {
  /** The hint that all connections shared (to 5.11). */
  hint: number;
  /** Entries of table_perturb that were written, int32, by index (5.12). */
  readonly perturb: Map<number, number>;
}

export const newEphemeralPorts = (): EphemeralPorts => ({ hint: 0, perturb: new Map() });

/** What the choice needs; Netns satisfies it. */
export interface PortChoice {
  readonly binds: BindTable;
  readonly ports: EphemeralPorts;
  readonly random: RandomState;
  readonly reservedPorts: readonly number[];
  readonly secrets: { readonly ports: Int32Array };
  readonly sysctl: Pick<Sysctls, 'net.ipv4.ip_local_port_range'>;
  readonly profile: { readonly behaviour: Pick<Behaviour, 'portChoice'> };
}

/**
 * What the established table says about the 4-tuple with a port: free; free once its TIME-WAIT record goes; taken by a
 * connection; taken by a TIME-WAIT record that may not go yet.
 */
export type TupleCheck = 'unique' | 'recycle' | 'taken' | 'time-wait';

/** How many ports were looked at, by what was found there; the last look is counted too. */
export interface PortProbes {
  /** Nobody had it: chosen. */
  free: number;
  /** Only connections to other places had it, or a TIME-WAIT record that may go: chosen. */
  shared: number;
  /** The 4-tuple is in use. */
  established: number;
  timeWait: number;
  /** Somebody used bind() on the port, on any address. */
  bound: number;
  reserved: number;
}

export interface PortPick {
  /** 0 when there is none (EADDRNOTAVAIL). */
  readonly port: number;
  readonly probes: PortProbes;
}

const newProbes = (): PortProbes => ({
  free: 0,
  shared: 0,
  established: 0,
  timeWait: 0,
  bound: 0,
  reserved: 0,
});

/** May connect() take this port? Counts what it met. */
function probe(
  t: PortChoice,
  port: number,
  check: (port: number) => TupleCheck,
  probes: PortProbes,
): boolean {
  if (isReservedPort(t.reservedPorts, port)) {
    probes.reserved++;
    return false;
  }
  const bucket = bindBucket(t.binds, port);
  if (bucket === undefined) {
    probes.free++;
    return true;
  }
  if (bucket.fastReuse >= 0 || bucket.fastReusePort >= 0) {
    probes.bound++;
    return false;
  }
  const verdict = check(port);
  if (verdict === 'unique' || verdict === 'recycle') {
    probes.shared++;
    return true;
  }
  if (verdict === 'taken') probes.established++;
  else probes.timeWait++;
  return false;
}

/** How an era walks through the range: `passes` times every `step`th of `size` ports from `offset` on. */
interface Walk {
  readonly low: number;
  readonly end: number;
  readonly size: number;
  readonly offset: number;
  readonly step: number;
  readonly passes: number;
}

interface Found {
  readonly port: number;
  /** Ports between the start of the pass and this one: what the era adds to its state. */
  readonly distance: number;
}

function walk(t: PortChoice, w: Walk, check: (port: number) => TupleCheck, probes: PortProbes): Found | null {
  for (let pass = 0; pass < w.passes; pass++) {
    let port = w.low + w.offset + pass;
    for (let i = 0; i < w.size; i += w.step, port += w.step) {
      if (port >= w.end) port -= w.size;
      if (probe(t, port, check, probes)) return { port, distance: i };
    }
  }
  return null;
}

const hashWords = new Int32Array(10);
const hash = new Int32Array(2);

/** The hash is salted anew every 10 s. Source: EPHEMERAL_PORT_SHUFFLE_PERIOD net/core/secure_seq.c v6.18. */
const SALT_PERIOD_NS = 10e9;

/**
 * H: 64 bits (in `hash`) of both addresses and the remote port, and of the time since 5.18.
 * @kernel secure_ipv4_port_ephemeral, secure_ipv6_port_ephemeral net/core/secure_seq.c v6.18
 */
function hashDestination(key: Int32Array, sock: Sock, salt: number): void {
  const { local, remote, rport } = sock;
  hashWords[0] = local.w3;
  hashWords[1] = remote.w3;
  hashWords[2] = rport;
  hashWords[3] = salt;
  if (remote.w2 === V4_MAPPED_W2 && (remote.w0 | remote.w1) === 0) {
    siphashInto(key, hashWords, 4, hash);
    return;
  }
  hashWords[4] = local.w0;
  hashWords[5] = local.w1;
  hashWords[6] = local.w2;
  hashWords[7] = remote.w0;
  hashWords[8] = remote.w1;
  hashWords[9] = remote.w2;
  siphashInto(key, hashWords, 10, hash);
}

const modulo = (word: number, size: number): number => (word >>> 0) % size;

function perturbOf(t: PortChoice, index: number): number {
  return t.ports.perturb.get(index) ?? siphash2(t.secrets.ports, index, 0x70657274);
}

/** Entries of table_perturb: 256 in 5.12, 65536 since 5.18. Source: INET_TABLE_PERTURB_SHIFT. */
const PERTURB_64K_MASK = 0xffff;
/** hash_32() to 8 bits. Source: GOLDEN_RATIO_32 include/linux/hash.h v6.18. */
const hash256 = (h: number): number => Math.imul(h, 0x61c88647) >>> 24;

/** RFC 6056 algorithm 4: a hash of the destination picks the start and the counter that moves it on. */
function choosePerturbed(
  t: PortChoice,
  range: PortRange,
  wide: boolean,
  check: (p: number) => TupleCheck,
): PortPick {
  const step = range.own && wide ? 1 : 2;
  let size = range.high - range.low + 1;
  if (step === 2 && size > 1) size &= ~1;
  const index = wide ? hash[0]! & PERTURB_64K_MASK : hash256(hash[0]!);
  let offset = modulo(perturbOf(t, index) + hash[wide ? 1 : 0]!, size);
  if (step === 2) offset &= ~1;
  const probes = newProbes();
  const passes = step === 2 && size > 1 ? 2 : 1;
  const found = walk(t, { low: range.low, end: range.high + 1, size, offset, step, passes }, check, probes);
  if (found === null) return { port: 0, probes };
  const skip = wide
    ? randomBelow(t.random, 8) * step
    : found.distance === 0 && randomBelow(t.random, 16) === 0
      ? 2
      : 0;
  const moved = Math.max(found.distance, skip) + step;
  t.ports.perturb.set(index, (perturbOf(t, index) + moved) | 0);
  return { port: found.port, probes };
}

/** 4.6 to 5.11: two passes of step 2 from a start that all sockets move on. */
function chooseTwoPass(t: PortChoice, range: PortRange, check: (p: number) => TupleCheck): PortPick {
  let size = range.high - range.low + 1;
  if (size > 1) size &= ~1;
  const offset = modulo(t.ports.hint + hash[0]!, size) & ~1;
  const probes = newProbes();
  const passes = size > 1 ? 2 : 1;
  const found = walk(
    t,
    { low: range.low, end: range.high + 1, size, offset, step: 2, passes },
    check,
    probes,
  );
  if (found === null) return { port: 0, probes };
  t.ports.hint = (t.ports.hint + found.distance + 2) | 0;
  return { port: found.port, probes };
}

/** To 4.5: one pass of step 1; since 4.2 from an even start, which leaves odd ports to bind(0) for a while. */
function chooseOnePass(
  t: PortChoice,
  range: PortRange,
  even: boolean,
  check: (p: number) => TupleCheck,
): PortPick {
  const size = range.high - range.low + 1;
  const sum = (t.ports.hint + hash[0]!) | 0;
  const offset = modulo(even ? sum & ~1 : sum + 1, size);
  const probes = newProbes();
  const found = walk(
    t,
    { low: range.low, end: range.high + 1, size, offset, step: 1, passes: 1 },
    check,
    probes,
  );
  if (found === null) return { port: 0, probes };
  const moved = even ? (found.distance + 2) & ~1 : found.distance + 1;
  t.ports.hint = (t.ports.hint + moved) | 0;
  return { port: found.port, probes };
}

/**
 * Chooses a local port for `sock`, whose addresses and remote port are set; the caller then binds it (`bindPut` with
 * `connect`) and removes the TIME-WAIT record of a recycled tuple. `uptimeNs` is the host's monotonic clock.
 */
export function choosePort(
  t: PortChoice,
  sock: Sock,
  uptimeNs: number,
  check: (port: number) => TupleCheck,
): PortPick {
  const range = localPortRange(t.sysctl['net.ipv4.ip_local_port_range'], sock.options);
  const era = t.profile.behaviour.portChoice;
  hashDestination(t.secrets.ports, sock, era === 'perturb-64k' ? Math.floor(uptimeNs / SALT_PERIOD_NS) : 0);
  switch (era) {
    case 'perturb-64k':
      return choosePerturbed(t, range, true, check);
    case 'perturb-256':
      return choosePerturbed(t, range, false, check);
    case 'hint-two-pass':
      return chooseTwoPass(t, range, check);
    case 'hint-even-step1':
      return chooseOnePass(t, range, true, check);
    case 'hint-step1':
      return chooseOnePass(t, range, false, check);
  }
}
