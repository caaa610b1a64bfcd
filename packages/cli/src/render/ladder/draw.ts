// A ladder as lines of text: time, the rail of the side that sent first, the lane with the arrows, the rail of the other
// side, and the two queues of the listener beside it.

import type { ListenerRecord, RunResult, SegmentRecord } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { clock, duration } from '../duration.ts';
import type { Paint } from '../paint.ts';
import { clip, padEnd, padStart, width, wrap } from '../text.ts';
import type { Connection } from './connections.ts';
import { fold } from './fold.ts';
import { label } from './label.ts';
import { BAR_COLUMNS, bars, listenerOf } from './queues.ts';
import { type ConnectEnd, type Row, rowsOf } from './rows.ts';

const TIME = 8;
const LANE = 38;
const PANEL = 30;
/** What an arrow needs beside its label. */
const ARROW_MIN = 8;
/** Share of the lane that a packet lost on the link is drawn to. */
const LOST_AT = 0.7;

interface Drawing {
  readonly connection: Connection;
  readonly listener: ListenerRecord | undefined;
  readonly decimals: number;
  readonly m: Messages;
  readonly paint: Paint;
  /** The bars as last drawn: they are repeated only when they changed. */
  bars: string;
  lastTime: string;
  /** Why the packet drawn last did not make it. */
  reason: string;
}

type Tone = keyof Paint | null;

const tint = (paint: Paint, tone: Tone, text: string): string => (tone === null ? text : paint[tone](text));

/** One line; lane and panel are measured before colour goes on. */
function line(d: Drawing, time: string, lane: string, panel: string, tone: Tone, panelTone: Tone): string {
  const shown = time === d.lastTime ? '' : time;
  if (time !== '') d.lastTime = time;
  const head = d.paint.dim(padStart(shown, TIME));
  const body = tint(d.paint, tone, padEnd(clip(lane, LANE), LANE));
  const tail = panel === '' ? '' : ` ${tint(d.paint, panelTone, clip(panel, PANEL))}`;
  return `${head} |${body}|${tail}`;
}

function barsAt(d: Drawing, atNs: number, always: boolean): string {
  if (d.listener === undefined) return '';
  const now = bars(d.listener, atNs);
  if (now === d.bars && !always) return '';
  d.bars = now;
  return now;
}

function arrow(row: Row & { kind: 'segment' }, d: Drawing): string {
  const { fate } = row.segment;
  const right = row.from === 'near';
  const size = fate === 'lost' ? Math.floor(LANE * LOST_AT) : LANE;
  const text = label(row.segment, row.resend, size - ARROW_MIN, d.m);
  const shaft = '-'.repeat(Math.max(1, size - width(text) - 6));
  const tip = fate === 'delivered' ? (right ? '>' : '<') : 'x';
  if (right) return `-- ${text} ${shaft}-${tip}`;
  return padStart(`${tip}- ${text} ${shaft}--`, LANE);
}

const shortName = (counter: string): string => counter.replace(/^TcpExt/, '');

/** Counters worth a line beside a packet that was not dropped. */
const NOTABLE =
  /^TcpExt(?:Syncookies|TCPReqQFull|EmbryonicRsts|PAWS|TCPChallengeACK|TCPDSACKOldSent|TCPDeferAcceptDrop)/;

/** `ListenOverflows ListenDrops +1`: counters that moved alike together, as many as fit on a line. */
function movedLines(moved: readonly (readonly [string, number])[]): string[] {
  const lines: string[] = [];
  let last = Number.NaN;
  for (const [name, by] of moved) {
    const before = by === last ? (lines.at(-1) as string).replace(/ \+\d+$/, ' ') : '';
    const text = `${before}${shortName(name)} +${by}`;
    if (before !== '' && text.length <= PANEL) lines[lines.length - 1] = text;
    else lines.push(`${shortName(name)} +${by}`);
    last = by;
  }
  return lines;
}

function counterLines(segment: SegmentRecord): string[] {
  const extended = Object.entries(segment.counters).filter(([name]) => name.startsWith('TcpExt'));
  return movedLines(
    segment.fate === 'delivered' ? extended.filter(([name]) => NOTABLE.test(name)) : extended,
  );
}

/** Why a packet did not make it, said once for a row of the same, and what was counted for it. */
function reasonLines(row: Row & { kind: 'segment' }, d: Drawing): string[] {
  const { segment } = row;
  const why = d.m.reason(segment.why ?? '');
  const reason = segment.fate === 'lost' ? d.m.ladder.lost(why) : d.m.ladder.dropped(why);
  const said = segment.fate === 'delivered' || reason === d.reason ? [] : wrap(reason, LANE - 4);
  const moved = counterLines(segment);
  d.reason = segment.fate === 'delivered' ? '' : reason;
  const tone: Tone = segment.fate === 'delivered' ? 'dim' : 'bad';
  return Array.from({ length: Math.max(said.length, moved.length) }, (_, i) =>
    line(d, '', said[i] === undefined ? '' : `   ${said[i]}`, moved[i] ?? '', tone, tone),
  );
}

function segmentLines(row: Row & { kind: 'segment' }, d: Drawing): string[] {
  const failed = row.segment.fate !== 'delivered';
  const tone: Tone = failed ? 'bad' : row.resend > 0 ? 'warn' : null;
  const panel = barsAt(d, row.farNs, failed && row.segment.fate === 'dropped');
  const drawn = line(
    d,
    clock(row.atNs, d.decimals),
    arrow(row, d),
    panel,
    tone,
    panel.includes('!') ? 'bad' : null,
  );
  return [drawn, ...reasonLines(row, d)];
}

const connectEnd = (end: ConnectEnd): string =>
  `connect() = ${end.errno === null ? '0' : `-1 ${end.errno}`} (${duration(end.latencyNs)})`;

type Note = Extract<Row, { readonly kind: 'state' | 'connect' | 'accept' }>;

function noteText(row: Note): string {
  if (row.kind === 'state') return row.state;
  if (row.kind === 'accept') return 'accept()';
  return row.result === null ? 'connect()' : connectEnd(row.result);
}

const failedNote = (row: Note): boolean =>
  row.kind === 'connect' && row.result !== null && row.result.errno !== null;

/** Words beside the rails at one time, both sides on one line when there is room. */
function noteLines(rows: readonly Note[], d: Drawing): string[] {
  const { atNs } = rows[0] as Note;
  const tone: Tone = rows.some(failedNote) ? 'bad' : rows.every((row) => row.kind === 'state') ? 'dim' : null;
  const of = (side: 'near' | 'far'): string[] => rows.filter((row) => row.side === side).map(noteText);
  const [near, far] = [fitted(of('near')), fitted(of('far'))];
  const fits = near.length <= 1 && far.length <= 1 && width(near[0] ?? '') + width(far[0] ?? '') + 3 <= LANE;
  const left = near.map((text) => padEnd(` ${text}`, LANE));
  const right = far.map((text) => padStart(`${text} `, LANE));
  const together = ` ${near[0] ?? ''}${padStart(`${far[0] ?? ''} `, LANE - 1 - width(near[0] ?? ''))}`;
  return (fits ? [together] : [...left, ...right]).map((lane) => {
    const panel = barsAt(d, atNs, false);
    return line(d, clock(atNs, d.decimals), lane, panel, tone, panel.includes('!') ? 'bad' : null);
  });
}

/** Notes of one side joined, or one a line when they are too long together. */
function fitted(notes: readonly string[]): string[] {
  const joined = notes.join(', ');
  if (joined === '') return [];
  return width(joined) + 2 <= LANE ? [joined] : [...notes];
}

function logLines(row: Row & { kind: 'log' }, d: Drawing): string[] {
  const parts = wrap(`* ${row.host}: ${row.text}`, LANE - 2, '  ');
  return parts.map((part) => line(d, clock(row.atNs, d.decimals), ` ${part}`, '', 'strong', null));
}

/** What a fold stands for: how many rows, and when segments of one kind were sent. */
function foldLines(row: Row & { kind: 'fold' }, d: Drawing): string[] {
  const segments = row.rows.flatMap((r) => (r.kind === 'segment' ? [r] : []));
  const first = segments[0];
  const alike = first !== undefined && segments.every((r) => r.from === first.from && r.resend > 0);
  const text = alike
    ? d.m.ladder.foldedResends(segments.length, segments.map((r) => clock(r.atNs, 1)).join(' '))
    : d.m.ladder.folded(segments.length, clock((row.rows.at(-1) as Row).atNs, d.decimals));
  return wrap(text, LANE - 4).map((part) => line(d, '', `   ${part}`, '', 'dim', null));
}

const isNote = (row: Row | undefined): row is Note =>
  row?.kind === 'state' || row?.kind === 'connect' || row?.kind === 'accept';

/** The notes from `start` on that are of the same time. */
function notesAt(rows: readonly Row[], start: number): Note[] {
  const first = rows[start] as Note;
  const notes: Note[] = [];
  for (let i = start; ; i++) {
    const row = rows[i];
    if (!isNote(row) || row.atNs !== first.atNs) return notes;
    notes.push(row);
  }
}

function drawRow(row: Exclude<Row, Note>, d: Drawing): string[] {
  switch (row.kind) {
    case 'segment':
      return segmentLines(row, d);
    case 'log':
      return logLines(row, d);
    case 'fold':
      return foldLines(row, d);
  }
}

function drawRows(rows: readonly Row[], d: Drawing): string[] {
  const lines: string[] = [];
  for (let i = 0; i < rows.length; ) {
    const row = rows[i] as Row;
    const notes = isNote(row) ? notesAt(rows, i) : [];
    lines.push(...(isNote(row) ? noteLines(notes, d) : drawRow(row, d)));
    i += Math.max(1, notes.length);
  }
  return lines;
}

/** As many decimals as eight columns hold. */
const decimalsFor = (ns: number): number =>
  Math.max(3, Math.min(6, TIME - 1 - String(Math.floor(ns / 1e9)).length));

function headLines(d: Drawing): string[] {
  const { nearHost, farHost } = d.connection;
  const rails = nearHost + padStart(farHost, LANE + 2 - width(nearHost));
  const panel =
    d.listener === undefined
      ? ''
      : ` ${padEnd(d.m.ladder.acceptQueue, BAR_COLUMNS)}${d.m.ladder.requestQueue}`;
  return [d.paint.strong(`${padStart(d.m.ladder.seconds, TIME)} ${clip(rails, LANE + 2)}${panel}`.trimEnd())];
}

/** The ladder of one connection, at most 80 columns wide. */
export function drawLadder(
  result: RunResult,
  connection: Connection,
  options: { readonly full: boolean; readonly m: Messages; readonly paint: Paint },
): string[] {
  const rows = rowsOf(result, connection);
  const d: Drawing = {
    connection,
    listener: listenerOf(result, connection.farHost, connection.far),
    decimals: decimalsFor((rows.at(-1) as Row).atNs),
    m: options.m,
    paint: options.paint,
    bars: '',
    lastTime: '',
    reason: '',
  };
  return [...headLines(d), ...drawRows(fold(rows, options.full), d)];
}
