// The way of one packet from a host to another: fault rules first, then the link between the two. Everything here is
// data; what arrives when is put into the world's event queue by the caller.

import { type Packet, packetLength, type RandomState, seedRandom } from '@halfopen/engine';
import { decide, type FaultCounts, newFaultCounts } from './fault-rules.ts';
import { type LinkDirection, newLinkDirection, transmit } from './link.ts';
import type { PacketEnds } from './packet-ends.ts';
import type { FaultSpec, LinkSpec, Scenario } from './scenario.ts';

/** A packet on its way, and the number of its record (-1: none is kept). */
export interface Parcel {
  readonly packet: Packet;
  readonly record: number;
  readonly corrupt: boolean;
}

/** A packet that a rule holds back until others have passed it. */
interface Held extends Parcel {
  readonly id: number;
  /** Packets that still have to pass. */
  behind: number;
}

export interface NetworkState {
  readonly faultCounts: FaultCounts;
  readonly random: RandomState;
  /** By `from to` host names. */
  readonly directions: Map<string, LinkDirection>;
  /** By `from to`; only where something is held. */
  readonly held: Map<string, Held[]>;
  nextHeld: number;
}

/** Constants that keep the random streams of one seed apart. */
const FAULT_STREAM = 0x5eed0001;
const LINK_STREAM = 0x5eed1000;

export function newNetwork(scenario: Scenario): NetworkState {
  const directions = new Map<string, LinkDirection>();
  for (const { between } of scenario.links) {
    for (const from of between) {
      for (const to of between) {
        const stream = LINK_STREAM + directions.size;
        if (from !== to) directions.set(`${from} ${to}`, newLinkDirection(scenario.seed * 4096 + stream));
      }
    }
  }
  return {
    faultCounts: newFaultCounts(scenario.faults),
    random: seedRandom(scenario.seed * 4096 + FAULT_STREAM),
    directions,
    held: new Map(),
    nextHeld: 1,
  };
}

/** Links by `from to`; built once, not part of the state. */
export function linkTable(links: readonly LinkSpec[]): ReadonlyMap<string, LinkSpec> {
  const table = new Map<string, LinkSpec>();
  for (const link of links) {
    for (const a of link.between) for (const b of link.between) if (a !== b) table.set(`${a} ${b}`, link);
  }
  return table;
}

interface Arrival {
  readonly atNs: number;
  readonly parcel: Parcel;
}

/** What the network does with one packet. */
export interface Passage {
  readonly arrivals: readonly Arrival[];
  /** The packet waits for others to pass: look after this time, ns, for what is left of it under this id. */
  readonly hold: { readonly atNs: number; readonly id: number } | null;
  /** Why it was lost, else null. */
  readonly lost: string | null;
}

const lost = (why: string): Passage => ({ arrivals: [], hold: null, lost: why });

export interface Sending extends PacketEnds {
  readonly packet: Packet;
  readonly record: number;
  readonly thirdAck: boolean;
  readonly nowNs: number;
  /** It comes from nowhere: no link lies on its way. */
  readonly injected: boolean;
}

function cross(
  state: NetworkState,
  table: ReadonlyMap<string, LinkSpec>,
  s: Sending,
): readonly number[] | string {
  if (s.injected) return [s.nowNs];
  const key = `${s.from} ${s.to}`;
  const spec = table.get(key);
  const direction = state.directions.get(key);
  if (spec === undefined || direction === undefined) return 'no link';
  const transit = transmit(direction, spec, s.nowNs, packetLength(s.packet));
  return transit.why ?? transit.arrivalsNs;
}

/** The arrivals of `parcel` after the fault's action; the packets held behind it are not among them. */
function act(fault: FaultSpec, atNs: readonly number[], parcel: Parcel): Arrival[] {
  const { action } = fault;
  if (action.kind === 'corrupt')
    return atNs.map((at) => ({ atNs: at, parcel: { ...parcel, corrupt: true } }));
  if (action.kind === 'delay') return atNs.map((at) => ({ atNs: at + action.byNs, parcel }));
  const out = atNs.map((at) => ({ atNs: at, parcel }));
  if (action.kind !== 'duplicate') return out;
  const last = atNs[atNs.length - 1] as number;
  for (let i = 1; i <= action.copies; i++) out.push({ atNs: last + i * action.byNs, parcel });
  return out;
}

/** Counts this packet for those held back on its way, and lets go of those that enough have passed. */
function letPass(state: NetworkState, key: string, atNs: number): Arrival[] {
  const waiting = state.held.get(key);
  if (waiting === undefined) return [];
  for (const held of waiting) held.behind--;
  const free = waiting.filter((held) => held.behind <= 0);
  keep(
    state,
    key,
    waiting.filter((held) => held.behind > 0),
  );
  return free.map(({ packet, record, corrupt }) => ({ atNs, parcel: { packet, record, corrupt } }));
}

function keep(state: NetworkState, key: string, waiting: Held[]): void {
  if (waiting.length === 0) state.held.delete(key);
  else state.held.set(key, waiting);
}

/** Sends one packet on its way. */
export function pass(
  state: NetworkState,
  table: ReadonlyMap<string, LinkSpec>,
  faults: readonly FaultSpec[],
  s: Sending,
): Passage {
  const fault = faults.length === 0 ? null : decide(faults, state.faultCounts, state.random, s.nowNs, s);
  if (fault?.action.kind === 'drop') return lost(fault.text);
  const crossed = cross(state, table, s);
  if (typeof crossed === 'string') return lost(crossed);
  const parcel: Parcel = { packet: s.packet, record: s.record, corrupt: false };
  const key = `${s.from} ${s.to}`;
  const firstNs = crossed[0] as number;
  if (fault?.action.kind === 'reorder') {
    const id = state.nextHeld++;
    const waiting = state.held.get(key) ?? [];
    state.held.set(key, [...waiting, { ...parcel, id, behind: fault.action.behind }]);
    return { arrivals: [], hold: { atNs: firstNs + fault.action.byNs, id }, lost: null };
  }
  const arrivals = fault === null ? crossed.map((atNs) => ({ atNs, parcel })) : act(fault, crossed, parcel);
  const freed = state.held.size === 0 ? [] : letPass(state, key, firstNs);
  return { arrivals: freed.length === 0 ? arrivals : [...arrivals, ...freed], hold: null, lost: null };
}

/** The packet that is still held under this id, taken out; null when it went on meanwhile. */
export function release(state: NetworkState, id: number): Parcel | null {
  for (const [key, waiting] of state.held) {
    const found = waiting.find((held) => held.id === id);
    if (found === undefined) continue;
    keep(
      state,
      key,
      waiting.filter((held) => held !== found),
    );
    return { packet: found.packet, record: found.record, corrupt: found.corrupt };
  }
  return null;
}
