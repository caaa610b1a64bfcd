// The local port that connect() chooses, as each era of kernels did it. The order in which ports are tried is the
// kernel's, to the number; a port in use may be shared when the 4-tuple is free. How the ports are looked at: port-search.ts.
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
import type { BindTable } from './bind-table.ts';
import type { Tables } from './established.ts';
import type { PortProbes } from './port-probes.ts';
import { localPortRange, type PortRange } from './port-range.ts';
import { planPasses, planSum, type Searched, searchPorts, type TupleView } from './port-search.ts';

export interface EphemeralPorts {
  /** The hint that all connections shared (to 5.11). */
  hint: number;
  /** Entries of table_perturb that were written, int32, by index (5.12). */
  readonly perturb: Map<number, number>;
  /** Ports that are looked at one by one before bits are made of them; changes neither the answer nor the counts. */
  patience: number;
}

const PATIENCE = 32;

export const newEphemeralPorts = (): EphemeralPorts => ({ hint: 0, perturb: new Map(), patience: PATIENCE });

/** What the choice needs; Netns satisfies it. */
export interface PortChoice extends Tables {
  readonly binds: BindTable;
  readonly ports: EphemeralPorts;
  readonly random: RandomState;
  readonly reservedPorts: readonly number[];
  readonly secrets: { readonly ports: Int32Array };
  readonly sysctl: Pick<
    Sysctls,
    'net.ipv4.ip_local_port_range' | 'net.ipv4.tcp_tw_reuse' | 'net.ipv4.tcp_tw_reuse_delay'
  >;
  readonly profile: { readonly behaviour: Pick<Behaviour, 'portChoice'>; readonly hz: number };
}

export interface PortPick {
  /** 0 when there is none (EADDRNOTAVAIL). */
  readonly port: number;
  readonly probes: PortProbes;
}

const hashWords = new Int32Array(10);
const hash = new Int32Array(2);

/** The hash is salted anew every 10 s of jiffies. Source: EPHEMERAL_PORT_SHUFFLE_PERIOD net/core/secure_seq.c v6.18. */
const SALT_PERIOD_S = 10;
/** Jiffies begin at -300 s modulo 2^32, so that their first wrap comes soon. Source: INITIAL_JIFFIES include/linux/jiffies.h v6.18. */
const INITIAL_JIFFIES_S = -300;

/** Periods since the jiffies' zero; of nominal seconds where no timer wheel is modelled. */
function salt({ profile: { hz } }: PortChoice, uptimeNs: number): number {
  if (hz === 0) return Math.floor(uptimeNs / (SALT_PERIOD_S * 1e9));
  const jiffies = ((INITIAL_JIFFIES_S * hz) >>> 0) + Math.floor((uptimeNs / 1e9) * hz);
  return Math.floor(jiffies / (SALT_PERIOD_S * hz)) | 0;
}

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
function choosePerturbed(t: PortChoice, range: PortRange, wide: boolean, search: Search): Searched {
  const step = range.own && wide ? 1 : 2;
  let size = range.high - range.low + 1;
  if (step === 2 && size > 1) size &= ~1;
  const index = wide ? hash[0]! & PERTURB_64K_MASK : hash256(hash[0]!);
  let offset = modulo(perturbOf(t, index) + hash[wide ? 1 : 0]!, size);
  if (step === 2) offset &= ~1;
  planPasses(range.low, range.high + 1, size, offset, step, step === 2 && size > 1 ? 2 : 1);
  const found = search();
  if (found.port === 0) return found;
  const skip = wide
    ? randomBelow(t.random, 8) * step
    : found.distance === 0 && randomBelow(t.random, 16) === 0
      ? 2
      : 0;
  const moved = Math.max(found.distance, skip) + step;
  t.ports.perturb.set(index, (perturbOf(t, index) + moved) | 0);
  return found;
}

/** 4.6 to 5.11: two passes of step 2 from a start that all sockets move on. */
function chooseTwoPass(t: PortChoice, range: PortRange, search: Search): Searched {
  let size = range.high - range.low + 1;
  if (size > 1) size &= ~1;
  const offset = modulo(t.ports.hint + hash[0]!, size) & ~1;
  planPasses(range.low, range.high + 1, size, offset, 2, size > 1 ? 2 : 1);
  const found = search();
  if (found.port !== 0) t.ports.hint = (t.ports.hint + found.distance + 2) | 0;
  return found;
}

/**
 * To 4.5: one pass of step 1; since 4.2 from an even start, which leaves odd ports to bind(0) for a while. The sum of
 * start and distance is a 32-bit number before it is taken modulo the size, so a search that goes past 2^32 jumps.
 */
function chooseOnePass(t: PortChoice, range: PortRange, even: boolean, search: Search): Searched {
  const sum = t.ports.hint + hash[0]!;
  planSum(range.low, range.high - range.low + 1, even ? sum & ~1 : sum + 1);
  const found = search();
  if (found.port === 0) return found;
  const moved = even ? (found.distance + 2) & ~1 : found.distance + 1;
  t.ports.hint = (t.ports.hint + moved) | 0;
  return found;
}

/** Looks at the ports in the order that was planned. */
type Search = () => Searched;

function chooseByEra(t: PortChoice, range: PortRange, search: Search): Searched {
  switch (t.profile.behaviour.portChoice) {
    case 'perturb-64k':
      return choosePerturbed(t, range, true, search);
    case 'perturb-256':
      return choosePerturbed(t, range, false, search);
    case 'hint-two-pass':
      return chooseTwoPass(t, range, search);
    case 'hint-even-step1':
      return chooseOnePass(t, range, true, search);
    case 'hint-step1':
      return chooseOnePass(t, range, false, search);
  }
}

/**
 * Chooses a local port for `sock`, whose addresses and remote port are set; the caller then binds it (`bindPut` with
 * `connect`) and removes the TIME-WAIT record of a recycled tuple. `uptimeNs` is the host's monotonic clock.
 */
export function choosePort(t: PortChoice, sock: Sock, uptimeNs: number, view: TupleView): PortPick {
  const range = localPortRange(t.sysctl['net.ipv4.ip_local_port_range'], sock.options);
  const salted = t.profile.behaviour.portChoice === 'perturb-64k';
  hashDestination(t.secrets.ports, sock, salted ? salt(t, uptimeNs) : 0);
  return chooseByEra(t, range, () => searchPorts(t, sock, uptimeNs, view));
}
