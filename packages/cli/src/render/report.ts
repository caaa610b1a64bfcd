// The whole answer of `halfopen run` for a reader: what it shows, the ladder, the tables, the expectations, what next.
// Nothing in it is wider than 80 columns, and it says the same at every run.

import type { RunResult } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import { counterLines } from './counters.ts';
import { cpuSections } from './cpus.ts';
import { duration } from './duration.ts';
import { feltLines } from './felt.ts';
import { followLines } from './follow.ts';
import { chooseConnections, connectionsOf } from './ladder/connections.ts';
import { drawLadder } from './ladder/draw.ts';
import { searchLines, searchText } from './port-searches.ts';
import {
  COLUMNS,
  expectationLines,
  header,
  indent,
  joinSections,
  next,
  type Presentation,
  type ReportOptions,
  type Section,
  verdictLine,
} from './report-parts.ts';
import { sleepLines } from './sleeps.ts';
import { socketLines } from './sockets.ts';
import { clip, wrap } from './text.ts';
import { timelines } from './timeline.ts';
import { workloadLines } from './workloads.ts';

/** Ladders that are drawn without --full. */
const LADDERS_MAX = 2;

/** A run on the real kernel names it as `linux 6.18.44`. */
function setupLine({ kernel, timers, seed, endedNs }: RunResult, m: Messages): string {
  const ended = duration(endedNs);
  const hz = timers === null || timers === 'exact' ? '' : timers.slice('hz'.length);
  return kernel.startsWith('linux ')
    ? m.report.setupReal(kernel, ended)
    : m.report.setup(kernel, hz, seed, ended);
}

function ladders(result: RunResult, shown: Presentation, options: ReportOptions): Section[] {
  const { m, paint } = options;
  const all = connectionsOf(result);
  if (all.length === 0) return [[m.report.noSegments]];
  const chosen = options.full ? all : chooseConnections(all, LADDERS_MAX, shown.show);
  const drawn = chosen.map((c) => {
    const name = m.report.connection(c.near, c.far, all.indexOf(c) + 1, all.length);
    const took = c.connects.length === 0 ? '' : ` (${m.report.took(duration(c.latencyNs))})`;
    const searched = c.connects.map((connect) => searchText(connect, m)).find((text) => text !== null);
    return [
      paint.strong(clip(name + took, COLUMNS)),
      ...(searched === undefined
        ? []
        : wrap(`connect(): ${searched}`, COLUMNS - 2).map((line) => `  ${line}`)),
      ...drawLadder(result, c, options),
    ];
  });
  const notes: string[] = [];
  if (drawn.flat().some((line) => line.includes(']!'))) notes.push(m.report.queueLegend);
  if (result.workloads.length > 0) notes.push(m.workloads.sampled);
  else if (chosen.length < all.length) notes.push(m.report.othersNotDrawn(all.length - chosen.length));
  return notes.length === 0 ? drawn : [...drawn, notes.flatMap((note) => wrap(note, COLUMNS))];
}

function followed(result: RunResult, { follow }: Presentation, { m, paint }: ReportOptions): Section[] {
  return followLines(result, follow, COLUMNS - 2, m).map(({ host, process, lines }) => [
    paint.strong(clip(m.follow.title(process, host), COLUMNS)),
    ...indent(lines),
  ]);
}

/** Of a run with workloads only samples are at hand, and lists of them would pass for all. */
function felt(result: RunResult, { full, m, paint }: ReportOptions): Section[] {
  if (result.workloads.length > 0 && result.requests.length === 0) return [];
  const lines = feltLines(result, full, COLUMNS - 2, m, paint);
  return lines.length === 0 ? [] : [[paint.strong(m.report.felt), ...indent(lines)]];
}

/** Of a run with workloads only samples are at hand. */
function searches(result: RunResult, { m, paint }: ReportOptions): Section[] {
  const lines = result.workloads.length > 0 ? [] : searchLines(result, COLUMNS - 2, m);
  return lines.length === 0 ? [] : [[paint.strong(m.search.title), ...indent(lines)]];
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

function expectations(result: RunResult, options: ReportOptions): Section {
  const { m, paint } = options;
  const all = result.expectations;
  if (all.length === 0) return [m.report.noExpectations];
  const lines = all.flatMap((e) => expectationLines(e, options));
  return [paint.strong(m.report.expectations), ...lines, verdictLine(all, options)];
}

function sleeps(result: RunResult, { full, m, paint }: ReportOptions): Section[] {
  const lines = full ? sleepLines(result, COLUMNS - 2, m) : [];
  return lines.length === 0 ? [] : [[paint.strong(m.report.sleepTitle), ...indent(lines)]];
}

/** The report, sections with an empty line between them. */
export function renderReport(result: RunResult, shown: Presentation, options: ReportOptions): string {
  return joinSections([
    header(result.scenario, shown, setupLine(result, options.m), options),
    ...load(result, options),
    ...timelines(result, COLUMNS, options.m, options.paint),
    ...ladders(result, shown, options),
    ...followed(result, shown, options),
    ...felt(result, options),
    ...searches(result, options),
    ...cpus(result, options),
    ...sleeps(result, options),
    ...tables(result, options),
    expectations(result, options),
    ...next(shown, options),
  ]);
}

/** `--quiet`: the failed expectations and nothing else. */
export function renderQuiet(result: RunResult, options: ReportOptions): string {
  return result.expectations
    .filter((e) => !e.ok)
    .flatMap((e) => expectationLines(e, options))
    .map((line) => `${line.slice(2)}\n`)
    .join('');
}
