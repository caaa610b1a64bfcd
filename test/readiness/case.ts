// One behaviour of blocking calls or of epoll, as a scenario that runs on both kernels. Its steps say what they expect;
// the expectations are what the real kernel does.

import type { RunResult } from '@halfopen/simnet';

export interface ReadinessCase {
  readonly name: string;
  /** Section of the kernel notes. */
  readonly from: string;
  readonly document: { readonly [key: string]: unknown };
  /** Which signal ends the process of each host; the others get to the end of their steps. */
  readonly killed: { readonly [host: string]: string };
}

export type Step = { readonly [call: string]: unknown };

const PORT = 80;

export const HOLD: Step = { sleep: '10s' };

/** `s` listens on port 80. */
const listening: readonly Step[] = [
  { socket: 's' },
  { setsockopt: { fd: 's', name: 'SO_REUSEADDR', value: 1 } },
  { bind: { fd: 's', port: PORT } },
  { listen: { fd: 's', backlog: 64 } },
];

/** A server and a client, 1 ms apart, as lists of steps; the client begins 20 ms later. */
export function pair(
  name: string,
  from: string,
  server: readonly Step[],
  client: readonly Step[],
  more: {
    readonly duration?: string;
    readonly threads?: readonly object[];
    readonly signals?: readonly object[];
    readonly killed?: ReadinessCase['killed'];
    /** Further processes. */
    readonly others?: readonly object[];
  } = {},
): ReadinessCase {
  const threads = more.threads === undefined ? {} : { threads: more.threads };
  return {
    name,
    from,
    killed: more.killed ?? {},
    document: {
      format: 1,
      name: 'readiness',
      duration: more.duration ?? '600ms',
      hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
      links: [{ between: ['client', 'server'], latency: '1ms' }],
      processes: [
        {
          host: 'server',
          name: 'server',
          program: 'steps',
          steps: [...listening, ...ending(server)],
          ...threads,
        },
        { host: 'client', name: 'client', program: 'steps', start: '20ms', steps: ending(client) },
        ...(more.others ?? []),
      ],
      ...(more.signals === undefined ? {} : { signals: more.signals }),
    },
  };
}

/** What a list of steps writes down when it has got to its end. */
const DONE = 'all steps done';

function ending(steps: readonly Step[]): Step[] {
  const holds = steps[steps.length - 1] === HOLD;
  return [...(holds ? steps.slice(0, -1) : steps), { log: DONE }, ...(holds ? [HOLD] : [])];
}

export const connectTo = { to: `server:${PORT}` };

/** Which signal ended the process of each host. */
export function killedOf({ events }: RunResult): { [host: string]: string } {
  const lines = events.flatMap((e) => (e.type === 'log' ? [{ host: e.host, text: e.text }] : []));
  const ends = lines.filter(({ text }) => text.startsWith('killed by '));
  return Object.fromEntries(ends.map(({ host, text }) => [host, text.slice('killed by '.length)]));
}

/** Processes of a case that did not get to the end of their steps: whatever they expect after it was never looked at. */
export function unfinished({ events }: RunResult): string[] {
  const done = new Set(events.flatMap((e) => (e.type === 'log' && e.text === DONE ? [e.host] : [])));
  return ['server', 'client'].filter((host) => !done.has(host));
}
