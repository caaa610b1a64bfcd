// The whole answer of `halfopen run` for a reader: what it shows, the ladder, the tables, the expectations, what next.
// Nothing in it is wider than 80 columns, and it says the same at every run.

import type { ExpectationResult, RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { counterLines } from './counters.ts';
import { cpuSections } from './cpus.ts';
import { duration } from './duration.ts';
import { feltLines } from './felt.ts';
import { chooseConnections, connectionsOf } from './ladder/connections.ts';
import { drawLadder } from './ladder/draw.ts';
import type { Paint } from './paint.ts';
import { socketLines } from './sockets.ts';
import { clip, wrap } from './text.ts';
import { timelines } from './timeline.ts';
import { workloadLines } from './workloads.ts';

const COLUMNS = 80;

/** Ladders that are drawn without --full. */
const LADDERS_MAX = 2;

/** What a scenario file says beside the run itself, in the reader's language. */
export interface Presentation {
  readonly title: string;
  readonly about: string;
  /** Connections to draw, numbered from 1 in the order of their first packet. */
  readonly show: readonly number[];
  readonly next: readonly { readonly run: string; readonly why: string }[];
}

export interface ReportOptions {
  readonly full: boolean;
  readonly m: Messages;
  readonly paint: Paint;
}

type Section = readonly string[];

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

/** A run on the real kernel names it as `linux 6.18.44`. */
function setupLine({ kernel, timers, seed, endedNs }: RunResult, m: Messages): string {
  const ended = duration(endedNs);
  const hz = timers === null || timers === 'exact' ? '' : timers.slice('hz'.length);
  return kernel.startsWith('linux ')
    ? m.report.setupReal(kernel, ended)
    : m.report.setup(kernel, hz, seed, ended);
}

function header(result: RunResult, shown: Presentation, { m, paint }: ReportOptions): Section {
  const title = wrap(`${result.scenario}: ${shown.title}`, COLUMNS).map(paint.strong);
  const about = shown.about
    .trim()
    .split(/\n\s*\n/)
    .flatMap((part) => wrap(part.replace(/\s*\n\s*/g, joint(part)), COLUMNS));
  return [...title, ...about, paint.dim(setupLine(result, m))];
}

/** Lines of Chinese are joined without a space. */
const joint = (text: string): string => (/[\u4e00-\u9fff，。：；]\s*\n/.test(text) ? '' : ' ');

function ladders(result: RunResult, shown: Presentation, options: ReportOptions): Section[] {
  const { m, paint } = options;
  const all = connectionsOf(result);
  if (all.length === 0) return [[m.report.noSegments]];
  const chosen = options.full ? all : chooseConnections(all, LADDERS_MAX, shown.show);
  const drawn = chosen.map((c) => {
    const name = m.report.connection(c.near, c.far, all.indexOf(c) + 1, all.length);
    const took = c.connects.length === 0 ? '' : ` (${m.report.took(duration(c.latencyNs))})`;
    return [paint.strong(clip(name + took, COLUMNS)), ...drawLadder(result, c, options)];
  });
  const notes: string[] = [];
  if (drawn.flat().some((line) => line.includes(']!'))) notes.push(m.report.queueLegend);
  if (result.workloads.length > 0) notes.push(m.workloads.sampled);
  else if (chosen.length < all.length) notes.push(m.report.othersNotDrawn(all.length - chosen.length));
  return notes.length === 0 ? drawn : [...drawn, notes.flatMap((note) => wrap(note, COLUMNS))];
}

/** Of a run with workloads only samples are at hand, and lists of them would pass for all. */
function felt(result: RunResult, { full, m, paint }: ReportOptions): Section[] {
  if (result.workloads.length > 0 && result.requests.length === 0) return [];
  const lines = feltLines(result, full, COLUMNS - 2, m, paint);
  return lines.length === 0 ? [] : [[paint.strong(m.report.felt), ...indent(lines)]];
}

function load(result: RunResult, { m, paint }: ReportOptions): Section[] {
  const lines = workloadLines(result, COLUMNS - 2, m, paint);
  return lines.length === 0 ? [] : [[paint.strong(m.workloads.title), ...indent(lines)]];
}

function cpus(result: RunResult, { m, paint }: ReportOptions): Section[] {
  return Object.entries(result.hosts).flatMap(([name, host]) =>
    cpuSections(name, host, result.endedNs, COLUMNS, m, paint),
  );
}

function tables(result: RunResult, { full, m, paint }: ReportOptions): Section[] {
  return Object.entries(result.hosts).flatMap(([name, host]) => {
    const sections: Section[] = [
      [paint.strong(m.report.sockets(name)), ...indent(socketLines(host, full, COLUMNS - 2, m))],
    ];
    const counters = counterLines(host, COLUMNS - 2, m, paint);
    if (counters.length > 0) sections.push([paint.strong(m.report.counters(name)), ...indent(counters)]);
    if (host.log.length > 0) {
      const log = host.log.flatMap((l) =>
        wrap(`[${(l.atNs / 1e9).toFixed(6)}] ${l.text}`, COLUMNS - 2, '  '),
      );
      sections.push([paint.strong(m.report.log(name)), ...indent(log)]);
    }
    return sections;
  });
}

/** One expectation, `ok` or `FAILED` before it and the actual value behind. */
function expectationLines(e: ExpectationResult, { m, paint }: ReportOptions): string[] {
  const [word, tone] = e.ok ? [m.report.ok, paint.good] : [m.report.failed, paint.bad];
  const parts = wrap(`${word}  ${e.text}  (${m.report.actual(e.actual)})`, COLUMNS - 2, '    ');
  return parts.map((part, i) => `  ${i === 0 ? part.replace(word, tone(word)) : part}`);
}

function expectations(result: RunResult, options: ReportOptions): Section {
  const { m, paint } = options;
  const all = result.expectations;
  if (all.length === 0) return [m.report.noExpectations];
  const failed = all.filter((e) => !e.ok).length;
  const verdict =
    failed > 0 ? paint.bad(m.report.failedCount(failed, all.length)) : paint.good(m.report.allOk(all.length));
  return [paint.strong(m.report.expectations), ...all.flatMap((e) => expectationLines(e, options)), verdict];
}

function next(shown: Presentation, { m, paint }: ReportOptions): Section[] {
  if (shown.next.length === 0) return [];
  const lines = shown.next.flatMap(({ run, why }) => [
    `  ${run}`,
    ...wrap(why, COLUMNS - 6).map((part) => `      ${paint.dim(part)}`),
  ]);
  return [[paint.strong(m.report.next), ...lines]];
}

/** The report, sections with an empty line between them. */
export function renderReport(result: RunResult, shown: Presentation, options: ReportOptions): string {
  const sections = [
    header(result, shown, options),
    ...load(result, options),
    ...timelines(result, COLUMNS, options.m, options.paint),
    ...ladders(result, shown, options),
    ...felt(result, options),
    ...cpus(result, options),
    ...tables(result, options),
    expectations(result, options),
    ...next(shown, options),
  ];
  return `${sections.map((s) => s.join('\n')).join('\n\n')}\n`;
}

/** `--quiet`: the failed expectations and nothing else. */
export function renderQuiet(result: RunResult, options: ReportOptions): string {
  return result.expectations
    .filter((e) => !e.ok)
    .flatMap((e) => expectationLines(e, options))
    .map((line) => `${line.slice(2)}\n`)
    .join('');
}
