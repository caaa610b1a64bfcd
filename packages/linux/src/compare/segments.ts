// Compares the packets of two runs, connection by connection: what each side sent, in which order, with which options
// and window, and how long it waited.

import type { SegmentRecord } from '@halfopen/simnet';
import { align, type Pair } from './align.ts';
import { type Connection, connectionsOf } from './connections.ts';
import type { Compared, Difference } from './difference.ts';
import { toleranceNs } from './tolerance.ts';

/** A gap in one direction: where the other run has nothing. */
const NOTHING = 'nothing';

/** Options with what chance decides taken out: clocks of timestamps. */
function optionsOf(text: string): string {
  const options = /<(.*)>/.exec(text)?.[1] ?? '';
  return options.replace(/TS val \d+ ecr (\d+)/g, (_, ecr: string) => (ecr === '0' ? 'TS ecr 0' : 'TS'));
}

const keyOf = (s: SegmentRecord): string => `${s.flags} ${s.seq} ${s.ack} ${s.length}`;

const shown = (s: SegmentRecord): string =>
  `${s.text.replace(/TS val \d+ ecr \d+/g, 'TS')} at ${(s.sentNs / 1e9).toFixed(3)} s${s.why === null ? '' : ` (${s.why})`}`;

/** Fields that must be equal in two segments that stand for each other. */
const FIELDS: readonly (readonly [name: string, read: (s: SegmentRecord) => string])[] = [
  ['window', (s) => String(s.window)],
  ['options', (s) => optionsOf(s.text)],
  ['lost', (s) => (s.fate === 'lost' ? `lost: ${s.why}` : 'arrived')],
];

/** A segment that runs on when the scenario ends is lost in one run and not in the other by chance. */
const atTheEnd = (a: SegmentRecord, b: SegmentRecord): boolean =>
  [a, b].some((s) => s.why === 'still on its way at the end');

function fieldDifferences(
  where: string,
  [engine, linux]: readonly [SegmentRecord, SegmentRecord],
): Difference[] {
  return FIELDS.flatMap(([name, read]) => {
    const [a, b] = [read(engine), read(linux)];
    if (a === b || (name === 'lost' && atTheEnd(engine, linux))) return [];
    return [{ what: `${where} ${name}`, engine: `${a} in ${shown(engine)}`, linux: b }];
  });
}

/** Two segments that stand in the same place without being equal are one difference, not two. */
function merged(pairs: readonly Pair<SegmentRecord>[]): Pair<SegmentRecord>[] {
  const out: Pair<SegmentRecord>[] = [];
  for (const pair of pairs) {
    const last = out[out.length - 1];
    if (last !== undefined && last[1] === null && pair[0] === null)
      out[out.length - 1] = [last[0], pair[1]] as Pair<SegmentRecord>;
    else out.push(pair);
  }
  return out;
}

interface Direction extends Compared {
  /** Segments that stand for each other. */
  readonly pairs: readonly (readonly [SegmentRecord, SegmentRecord])[];
}

/** One direction of a connection. */
function compareDirection(
  where: string,
  engine: readonly SegmentRecord[],
  linux: readonly SegmentRecord[],
): Direction {
  const differences: Difference[] = [];
  const pairs: (readonly [SegmentRecord, SegmentRecord])[] = [];
  const all = merged(align(engine, linux, keyOf));
  all.forEach(([a, b], i) => {
    const place = `${where} ${i + 1}`;
    if (a !== null && b !== null && keyOf(a) === keyOf(b)) {
      pairs.push([a, b]);
      differences.push(...fieldDifferences(place, [a, b]));
    } else {
      const sides = { engine: a === null ? NOTHING : shown(a), linux: b === null ? NOTHING : shown(b) };
      differences.push({ what: `${place} segment`, ...sides });
    }
  });
  return { compared: all.length, differences, pairs };
}

/** How long each segment came after the one before it, in both runs. */
function timeDifferences(name: string, pairs: Direction['pairs'], hz: number): Difference[] {
  const inOrder = [...pairs].sort((p, q) => p[0].sentNs - q[0].sentNs || p[0].id - q[0].id);
  return inOrder.flatMap((pair, i) => {
    const before = inOrder[i - 1];
    if (before === undefined) return [];
    const [a, b] = [pair[0].sentNs - before[0].sentNs, pair[1].sentNs - before[1].sentNs];
    if (Math.abs(a - b) <= toleranceNs(Math.max(a, b), hz)) return [];
    const ms = (ns: number): string => `${(ns / 1e6).toFixed(3)} ms after the segment before`;
    return [{ what: `${name} ${i + 1} time`, engine: `${ms(a)}: ${shown(pair[0])}`, linux: ms(b) }];
  });
}

const sentBy = (connection: Connection | undefined, end: 0 | 1): SegmentRecord[] =>
  connection?.segments.filter((s) => s.source === connection.ends[end]) ?? [];

function compareConnection(
  name: string,
  engine: Connection | undefined,
  linux: Connection | undefined,
  hz: number,
): Compared {
  const there = compareDirection(`${name} ->`, sentBy(engine, 0), sentBy(linux, 0));
  const back = compareDirection(`${name} <-`, sentBy(engine, 1), sentBy(linux, 1));
  return {
    compared: there.compared + back.compared,
    differences: [
      ...there.differences,
      ...back.differences,
      ...timeDifferences(name, [...there.pairs, ...back.pairs], hz),
    ],
  };
}

/** ICMP errors have no connection of their own; they are compared as one list. */
function compareIcmp(engine: readonly SegmentRecord[], linux: readonly SegmentRecord[]): Compared {
  const texts = (all: readonly SegmentRecord[]): string[] =>
    all
      .filter((s) => s.flags === 'icmp')
      .map((s) => `${s.from} > ${s.to} ${s.text.replace(/ about .*/, '')}`);
  const pairs = align(texts(engine), texts(linux), (text) => text);
  const differences = pairs.flatMap(([a, b], i) =>
    a === b ? [] : [{ what: `icmp ${i + 1}`, engine: a ?? NOTHING, linux: b ?? NOTHING }],
  );
  return { compared: pairs.length, differences };
}

/** `hz` of the kernel that both runs stand for. */
export function compareSegments(
  engine: readonly SegmentRecord[],
  linux: readonly SegmentRecord[],
  hz: number,
): Compared {
  const ours = new Map(connectionsOf(engine).map((c) => [c.name, c]));
  const theirs = new Map(connectionsOf(linux).map((c) => [c.name, c]));
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  const parts = [
    ...names.map((name) => compareConnection(name, ours.get(name), theirs.get(name), hz)),
    compareIcmp(engine, linux),
  ];
  return {
    compared: parts.reduce((n, part) => n + part.compared, 0),
    differences: parts.flatMap((part) => part.differences),
  };
}
