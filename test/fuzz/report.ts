// A case and what both kernels did in it, as text.

import { type Case, type Observation, stepText } from './case.ts';
import type { Difference } from './compare.ts';

function settingsText({ backlog, sysctls, options }: Case['settings']): string {
  const rest = [...Object.entries(sysctls), ...Object.entries(options)].map(
    ([name, value]) => `${name}=${value}`,
  );
  return [backlog === undefined ? 'client' : `listen(3, ${backlog})`, ...rest].join('  ');
}

function shown({ result, sent, moved, sockets, polls, queue }: Observation): string[] {
  const counters = Object.entries(moved)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, by]) => `${name}${by < 0 ? '' : '+'}${by}`);
  return [
    ...(result === '' ? [] : [`= ${result}`]),
    ...sent.map((text) => `< ${text}`),
    ...(counters.length === 0 ? [] : [counters.join(' ')]),
    `${sockets.join('; ') || 'no socket'} | poll ${polls || 'nothing'} | queue ${queue}`,
  ];
}

/** Both transcripts; a line that both share is printed once. */
export function transcript(
  one: Case,
  engine: readonly Observation[],
  linux: readonly Observation[],
): string[] {
  const lines = [settingsText(one.settings)];
  one.steps.forEach((step, i) => {
    const [a, b] = [shown(engine[i] as Observation), shown(linux[i] as Observation)];
    lines.push(
      `${((linux[i] as Observation).fromNs / 1e6).toFixed(1).padStart(7)} ms  ${i}. ${stepText(step)}`,
    );
    const both = a.filter((line) => b.includes(line));
    for (const line of both) lines.push(`            both    ${line}`);
    for (const line of a.filter((text) => !both.includes(text))) lines.push(`            engine  ${line}`);
    for (const line of b.filter((text) => !both.includes(text))) lines.push(`            linux   ${line}`);
  });
  return lines;
}

export const differenceText = ({ step, lines }: Difference): string =>
  [`step ${step} differs`, ...lines.map((line) => `  ${line}`)].join('\n');
