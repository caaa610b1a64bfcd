// Writes down what the children tell, in the shapes of a simulated run's record.

import type {
  ConnectRecord,
  Draft,
  EventRecord,
  ExpectationResult,
  Instance,
  RequestRecord,
  Scenario,
} from '@halfopen/simnet';
import type { HostSample, ProcessMessage, QueueRow } from './protocol.ts';

/** A connect() on its way or over. */
export interface ConnectDraft extends Omit<Draft<ConnectRecord>, 'latencyNs' | 'synsNs' | 'probes'> {
  readonly key: string;
  endNs: number | null;
  /** connect() has returned and goes on by itself. */
  waits: boolean;
}

/** A listener, by where it listens. */
export interface ListenerNote {
  readonly host: string;
  readonly local: string;
  readonly sinceNs: number;
  /** When accept() took a connection, and whose. */
  readonly taken: { readonly atNs: number; readonly remote: string }[];
  readonly samples: { readonly atNs: number; readonly row: QueueRow }[];
}

export interface ProbeNote {
  readonly atNs: number;
  readonly hosts: readonly HostSample[];
}

/** Outcomes of connect() that say nothing of an attempt. */
const NO_ATTEMPT: ReadonlySet<string> = new Set([
  'EALREADY',
  'EISCONN',
  'EBADF',
  'ENOTSOCK',
  'EOPNOTSUPP',
  'EAFNOSUPPORT',
  'EINVAL',
]);
/** A connect() that gives EINPROGRESS sooner was not asked to wait, ns. */
const AT_ONCE_NS = 1e6;

type CallMessage = ProcessMessage & { t: 'call' };

export class Collector {
  readonly events: EventRecord[] = [];
  readonly requests: RequestRecord[] = [];
  readonly mismatches: ExpectationResult[] = [];
  readonly connects: ConnectDraft[] = [];
  readonly listeners: ListenerNote[] = [];
  readonly probes: ProbeNote[] = [];
  /** Process name by `declaration descriptor`: whose socket it was last. */
  readonly owners = new Map<string, string>();
  private readonly scenario: Scenario;
  private readonly instances: readonly Instance[];

  constructor(scenario: Scenario, instances: readonly Instance[]) {
    this.scenario = scenario;
    this.instances = instances;
  }

  private who(p: number): { host: string; process: string } {
    const instance = this.instances[p];
    if (instance !== undefined) return { host: this.hostName(instance.host), process: instance.name };
    const workload = this.scenario.workloads[p - this.instances.length];
    return { host: workload?.host ?? '', process: workload?.name ?? '' };
  }

  private hostName(index: number): string {
    return this.scenario.hosts[index]?.name ?? '';
  }

  note(message: ProcessMessage): void {
    const who = this.who(message.p);
    switch (message.t) {
      case 'connect':
        this.beginConnect(message);
        return;
      case 'call':
        this.noteCall(message);
        return;
      case 'log':
        this.events.push({ type: 'log', atNs: message.atNs, ...who, text: message.text });
        return;
      case 'request':
        this.requests.push({ ...who, ...message.record });
        return;
      case 'mismatch':
        this.mismatches.push({ text: `${who.process}: ${message.text}`, ok: false, actual: message.actual });
        return;
      case 'end':
        if (message.error !== null)
          this.events.push({ type: 'log', atNs: message.atNs, ...who, text: `ends: ${message.error}` });
    }
  }

  /** A line of the run itself. */
  log(host: string, atNs: number, text: string): void {
    this.events.push({ type: 'log', atNs, host, process: null, text });
  }

  noteQueues(host: number, atNs: number, rows: readonly QueueRow[]): void {
    for (const row of rows) {
      const listener = this.listeners.findLast(
        (l) => l.host === this.hostName(host) && sameLocal(l.local, row.local),
      );
      listener?.samples.push({ atNs, row });
    }
  }

  private noteCall(m: CallMessage): void {
    const who = this.who(m.p);
    this.events.push({
      type: 'call',
      atNs: m.atNs,
      ...who,
      call: m.call,
      result: m.result,
      startNs: m.startNs,
    });
    if (m.real !== null)
      this.owners.set(`${this.instances[m.p]?.spec.name ?? who.process} ${m.real}`, who.process);
    if (m.name === 'connect') this.endConnect(m);
    if (m.local === null || m.errno !== null) return;
    if (m.name === 'listen' && !this.listeners.some((l) => l.host === who.host && l.local === m.local)) {
      this.listeners.push({ host: who.host, local: m.local, sinceNs: m.atNs, taken: [], samples: [] });
    }
    if (m.name !== 'accept') return;
    const listener = this.listeners.findLast((l) => l.host === who.host && l.local === m.local);
    listener?.taken.push({ atNs: m.atNs, remote: m.result.replace(/^\d+, /, '') });
  }

  private beginConnect(m: ProcessMessage & { t: 'connect' }): void {
    const key = `${m.p} ${m.fd}`;
    // Asking again about an attempt that is under way begins nothing.
    if (this.connects.some((c) => c.key === key && c.waits && c.endNs === null)) return;
    const who = this.who(m.p);
    this.connects.push({
      key,
      ...who,
      local: '',
      remote: m.remote,
      startNs: m.startNs,
      endNs: null,
      errno: null,
      cpuNs: null,
      waits: false,
    });
  }

  private endConnect(m: CallMessage): void {
    const key = `${m.p} ${m.fd}`;
    const open = this.connects.findLast((c) => c.key === key && c.endNs === null);
    if (open === undefined) return;
    if (m.local !== null && !m.local.endsWith(':0')) open.local = m.local;
    if (m.cpuNs !== null) open.cpuNs = (open.cpuNs ?? 0) + m.cpuNs;
    if (m.errno !== null && NO_ATTEMPT.has(m.errno)) {
      if (!open.waits) this.connects.splice(this.connects.indexOf(open), 1);
      else if (m.errno === 'EISCONN') open.endNs = m.atNs;
      return;
    }
    open.waits = m.errno === 'EINPROGRESS' && m.atNs - m.startNs < AT_ONCE_NS;
    if (open.waits) return;
    open.endNs = m.atNs;
    open.errno = m.errno;
  }
}

/** ss shows the wildcard address of an IPv6 listener as `*`. */
function sameLocal(local: string, shown: string): boolean {
  return local === shown || (shown.startsWith('*:') && local === `[::]${shown.slice(1)}`);
}
