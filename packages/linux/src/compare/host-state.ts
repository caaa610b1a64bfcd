// Compares what two runs leave behind: counters, what the programs' calls gave, sockets and listeners.

import { COUNTER_NAMES } from '@halfopen/engine';
import type { HostResult, RunResult, SocketRow } from '@halfopen/simnet';
import { align } from './align.ts';
import { connectionsOf } from './connections.ts';
import type { Compared, Difference } from './difference.ts';
import { toleranceNs } from './tolerance.ts';

const sum = (parts: readonly Compared[]): Compared => ({
  compared: parts.reduce((n, part) => n + part.compared, 0),
  differences: parts.flatMap((part) => part.differences),
});

/** Hosts of both runs, in the order of the first. */
const hostPairs = (engine: RunResult, linux: RunResult): [name: string, HostResult, HostResult][] =>
  Object.entries(engine.hosts).flatMap(([name, host]) => {
    const other = linux.hosts[name];
    return other === undefined ? [] : [[name, host, other] as [string, HostResult, HostResult]];
  });

/** Counters that the engine has; those that are zero in both runs are not counted as compared. */
export function compareCounters(engine: RunResult, linux: RunResult): Compared {
  return sum(
    hostPairs(engine, linux).map(([host, ours, theirs]) => {
      const moved = COUNTER_NAMES.filter(
        (name) => (ours.counters[name] ?? 0) !== 0 || (theirs.counters[name] ?? 0) !== 0,
      );
      const differences = moved.flatMap((name): Difference[] => {
        const [a, b] = [ours.counters[name] ?? 0, theirs.counters[name] ?? 0];
        return a === b ? [] : [{ what: `${host} ${name}`, engine: String(a), linux: String(b) }];
      });
      return { compared: moved.length, differences };
    }),
  );
}

/** Calls whose number depends on how the data was cut into pieces, or on who was quicker. */
const BY_CHANCE = /^(?:sleep|poll|recv|send|getsockname|getpeername)\(/;

/** `connect() ECONNREFUSED`, for each call that says something of TCP's answer. */
function answersOf(run: RunResult, process: string): string[] {
  return run.events.flatMap((e) => {
    if (e.type !== 'call' || `${e.host} ${e.process}` !== process) return [];
    const errno = /^-1 (\w+)$/.exec(e.result)?.[1] ?? null;
    if (errno === 'EAGAIN' || (errno === null && BY_CHANCE.test(e.call))) return [];
    return [`${/^\w+/.exec(e.call)?.[0]}() ${errno ?? 'ok'}`];
  });
}

/** Errors of connect() that come later than its return, and of requests. */
const laterAnswers = (run: RunResult, process: string): string[] => [
  ...run.connects
    .filter((c) => `${c.host} ${c.process}` === process)
    .map((c) => `connection ${c.errno ?? 'ok'}`),
  ...run.requests
    .filter((r) => `${r.host} ${r.process}` === process)
    .map((r) => `request ${r.id} ${r.errno ?? 'ok'}`),
];

/** Results of system calls, process by process. */
export function compareErrnos(engine: RunResult, linux: RunResult): Compared {
  const names = [engine, linux].flatMap((run) =>
    run.events.flatMap((e) => (e.type === 'call' ? [`${e.host} ${e.process}`] : [])),
  );
  return sum([
    ...compareWorkloads(engine, linux),
    ...[...new Set(names)].map((process) => {
      const list = (run: RunResult): string[] => [...answersOf(run, process), ...laterAnswers(run, process)];
      const pairs = align(list(engine), list(linux), (text) => text);
      const differences = pairs.flatMap(([a, b], i) =>
        a === b ? [] : [{ what: `${process} call ${i + 1}`, engine: a ?? 'nothing', linux: b ?? 'nothing' }],
      );
      return { compared: pairs.length, differences };
    }),
  ]);
}

/** How many requests of each workload were answered, and how many failed with what. */
function compareWorkloads(engine: RunResult, linux: RunResult): Compared[] {
  return engine.workloads.map((ours, i) => {
    const theirs = linux.workloads[i];
    const names = [...new Set([...Object.keys(ours.failed), ...Object.keys(theirs?.failed ?? {})])].sort();
    const counts = [
      { what: 'completed', a: ours.completed, b: theirs?.completed ?? 0 },
      { what: 'connected', a: ours.connected, b: theirs?.connected ?? 0 },
      ...names.map((e) => ({ what: `failed ${e}`, a: ours.failed[e] ?? 0, b: theirs?.failed[e] ?? 0 })),
    ];
    const differences = counts
      .filter(({ a, b }) => a !== b)
      .map(({ what, a, b }) => ({
        what: `workload ${ours.name} ${what}`,
        engine: String(a),
        linux: String(b),
      }));
    return { compared: counts.length, differences };
  });
}

/** Sockets of a host by state: of a run that keeps a summary that is all that both runs know of most of them. */
function compareCounts(host: string, ours: HostResult, theirs: HostResult): Compared {
  const states = [
    ...new Set([...Object.keys(ours.socketStates), ...Object.keys(theirs.socketStates)]),
  ].sort();
  const differences = states.flatMap((state) => {
    const [a, b] = [ours.socketStates[state] ?? 0, theirs.socketStates[state] ?? 0];
    return a === b ? [] : [{ what: `${host} sockets ${state}`, engine: String(a), linux: String(b) }];
  });
  return { compared: states.length, differences };
}

/** Rows by a name that both runs share. With workloads only listeners: which others were kept is chance. */
function namedRows(run: RunResult, host: HostResult): Map<string, SocketRow[]> {
  const names = new Map<string, string>();
  for (const { name, ends } of connectionsOf(run.segments)) {
    names.set(`${ends[0]} ${ends[1]}`, `${name} opener`);
    names.set(`${ends[1]} ${ends[0]}`, `${name} peer`);
  }
  const out = new Map<string, SocketRow[]>();
  for (const row of host.sockets) {
    if (row.state !== 'LISTEN' && run.workloads.length > 0) continue;
    const name =
      row.state === 'LISTEN'
        ? `listener ${row.local}`
        : (names.get(`${row.local} ${row.peer}`) ?? `${row.local} ${row.peer}`);
    out.set(name, [...(out.get(name) ?? []), row]);
  }
  return out;
}

const rowText = (row: SocketRow | undefined): string => {
  if (row === undefined) return 'none';
  const timer = row.timer === null ? '' : ` timer ${row.timer.kind} ${row.timer.retransmits}`;
  return `${row.state} ${row.recvQ} ${row.sendQ}${timer}${row.process === null ? '' : ` ${row.process}`}`;
};

/** A timer that leaves much more or less time than the other run's. */
function timerDifference(
  what: string,
  a: SocketRow | undefined,
  b: SocketRow | undefined,
  hz: number,
): Difference[] {
  const [ours, theirs] = [a?.timer?.leftNs, b?.timer?.leftNs];
  if (ours === undefined || theirs === undefined) return [];
  if (Math.abs(ours - theirs) <= toleranceNs(Math.max(ours, theirs, 60e9), hz)) return [];
  const left = (ns: number): string => `${(ns / 1e9).toFixed(3)} s left`;
  return [{ what: `${what} timer`, engine: left(ours), linux: left(theirs) }];
}

function compareRows(
  host: string,
  ours: Map<string, SocketRow[]>,
  theirs: Map<string, SocketRow[]>,
  hz: number,
): Compared {
  const names = [...new Set([...ours.keys(), ...theirs.keys()])];
  return sum(
    names.map((name) => {
      const [a, b] = [ours.get(name)?.[0], theirs.get(name)?.[0]];
      const what = `${host} ${name}`;
      const same = rowText(a) === rowText(b) && ours.get(name)?.length === theirs.get(name)?.length;
      const differences = same
        ? timerDifference(what, a, b, hz)
        : [{ what, engine: rowText(a), linux: rowText(b) }];
      return { compared: 1, differences };
    }),
  );
}

/** Listeners: backlog, drops and the longest accept queue. Half-open requests of the real kernel are only sampled. */
function compareListeners(host: string, ours: HostResult, theirs: HostResult): Compared {
  const texts = (h: HostResult): string[] =>
    h.listeners.map(
      (l) => `${l.local} backlog ${l.backlog} drops ${l.drops} accept queue max ${l.maxAcceptQueue}`,
    );
  const pairs = align(texts(ours), texts(theirs), (text) => text);
  const differences = pairs.flatMap(([a, b], i) =>
    a === b ? [] : [{ what: `${host} listener ${i + 1}`, engine: a ?? 'none', linux: b ?? 'none' }],
  );
  return { compared: pairs.length, differences };
}

/** Sockets at the end of both runs, and their listeners. */
export function compareStates(engine: RunResult, linux: RunResult, hz: number): Compared {
  return sum(
    hostPairs(engine, linux).flatMap(([name, ours, theirs]) => [
      compareRows(name, namedRows(engine, ours), namedRows(linux, theirs), hz),
      compareListeners(name, ours, theirs),
      ...(engine.workloads.length > 0 ? [compareCounts(name, ours, theirs)] : []),
    ]),
  );
}
