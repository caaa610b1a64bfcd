// Reads the signals of a scenario document, and looks at those that steps send.

import { instanceNames } from './instances.ts';
import { duration, Fields, meant, oneOf, type Reader, text } from './readers.ts';
import type { ProcessSpec, SignalSpec } from './scenario.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';
import { SIGNAL_NAMES } from './signal.ts';

export const signalName = oneOf(SIGNAL_NAMES);

/** A process, or one of its threads by the name that it has in the record. */
function target(value: unknown, path: ScenarioPath, processes: readonly ProcessSpec[]) {
  const name = text(value, path);
  const single = processes.filter((spec) => !isSeveral(spec));
  for (const spec of single) {
    if (spec.name === name) return { process: name, thread: null };
    const thread = instanceNames(spec).indexOf(name);
    if (thread >= 0) return { process: spec.name, thread };
  }
  const names = single.map((spec) => spec.name);
  const expected =
    names.length === 0
      ? 'a process of the scenario, which has none that is one process'
      : `one of the processes ${names.join(', ')}, or a thread such as ${names[0]}#2`;
  return refuse(path, expected, value, meant(name, names));
}

/** A client with start times is a process for each connection. */
const isSeveral = ({ program }: ProcessSpec): boolean =>
  program.program === 'client' && program.pace.kind === 'times' && program.pace.atNs.length > 1;

/** One entry of `signals`. */
export const signal =
  (processes: readonly ProcessSpec[]): Reader<SignalSpec> =>
  (value, path) => {
    const f = new Fields(
      value,
      path,
      ['at', 'to', 'signal'],
      'a signal such as { at: 1s, to: server, signal: SIGTERM }',
    );
    return {
      atNs: f.get('at', duration),
      ...f.get('to', (v, p) => target(v, p, processes)),
      signal: f.get('signal', signalName),
    };
  };

/** A step `kill` names a process of its own host. */
export function checkKills(processes: readonly ProcessSpec[], path: ScenarioPath): void {
  processes.forEach(({ host, program }, i) => {
    if (program.program !== 'steps') return;
    const near = processes.filter((other) => other.host === host).map((other) => other.name);
    const lists = [
      { at: ['steps'], steps: program.steps },
      ...program.threads.map((thread, t) => ({ at: ['threads', t, 'steps'], steps: thread.steps })),
    ];
    for (const { at, steps } of lists) {
      steps.forEach((step, s) => {
        if (step.call !== 'kill' || near.includes(step.process)) return;
        const where = [...path, i, ...at, s, 'kill', 'process'];
        refuse(
          where,
          `a process of host ${host}: ${near.join(', ')}`,
          step.process,
          meant(step.process, near),
        );
      });
    }
  });
}
