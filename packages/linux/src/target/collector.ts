// Writes down what the children tell, in the shapes of a simulated run's record.

import type {
  ConnectRecord,
  Draft,
  EventRecord,
  ExpectationResult,
  Instance,
  RequestRecord,
  Scenario,
  SignalName,
} from '@halfopen/simnet';
import type { HostSample, ProcessMessage, QueueRow, SignalNote } from './protocol.ts';
import { SignalNotes } from './signal-notes.ts';

/** A connect() on its way or over. */
export interface ConnectDraft extends Omit<Draft<ConnectRecord>, 'latencyNs' | 'synsNs' | 'probes'> {
  readonly key: string;
  endNs: number | null;
  /** connect() has returned and the attempt goes on by itself: what it returned, when, and whether after a wait. */
  left: { readonly errno: string; readonly atNs: number; readonly waited: boolean } | null;
  /** When its socket was closed, ns; null: it was not. */
  closedNs: number | null;
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
/** Outcomes of a connect() that waits no longer while the attempt goes on. */
const LEAVES: ReadonlySet<string> = new Set(['EINPROGRESS', 'EINTR', 'EALREADY']);
/** A connect() that returns sooner was not asked to wait, ns. */
const AT_ONCE_NS = 1e6;

type CallMessage = ProcessMessage & { t: 'call' };

export class Collector {
  readonly events: EventRecord[] = [];
  readonly requests: RequestRecord[] = [];
  readonly mismatches: ExpectationResult[] = [];
  readonly connects: ConnectDraft[] = [];
  readonly listeners: ListenerNote[] = [];
  readonly probes: ProbeNote[] = [];
  readonly signals = new SignalNotes();
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

  /** A signal was sent to an instance. */
  noteSignal(p: number, atNs: number, signal: SignalName): void {
    const declaration = this.instances[p]?.spec.name ?? '';
    this.signals.sent.push({ ...this.who(p), declaration, atNs, signal });
  }

  /** A signal has ended a process. */
  noteKilled(name: string, atNs: number, signal: SignalName): void {
    const p = this.instances.findIndex(({ spec }) => spec.name === name);
    const { host, process } = this.who(p);
    this.events.push({ type: 'signal', atNs, host, process, signal, effect: 'terminated' });
    this.events.push({ type: 'log', atNs, host, process: name, text: `killed by ${signal}` });
  }

  /** What a call had to do with signals. */
  private noteSignalCall({ p, atNs, startNs }: CallMessage, { name, action, to }: SignalNote): void {
    const declaration = this.instances[p]?.spec.name ?? '';
    if (action !== null) this.signals.asked.push({ declaration, atNs, signal: name, action });
    else if (to === null) this.noteSignal(p, atNs, name);
    else
      this.noteSignal(
        this.instances.findIndex(({ spec }) => spec.name === to),
        startNs,
        name,
      );
  }

  /** A line of the run itself. */
  log(host: string, atNs: number, text: string, process: string | null = null): void {
    this.events.push({ type: 'log', atNs, host, process, text });
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
    if (m.signal !== null) this.noteSignalCall(m, m.signal);
    if (m.name === 'connect') this.endConnect(m);
    if (m.name === 'close') this.noteClose(m);
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
    if (this.openConnect(key)?.left != null) return;
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
      left: null,
      closedNs: null,
    });
  }

  /** The attempt under way on a descriptor. */
  private openConnect(key: string): ConnectDraft | undefined {
    return this.connects.findLast((c) => c.key === key && c.endNs === null && c.closedNs === null);
  }

  /** close() of a descriptor whose attempt may still be under way. */
  private noteClose({ p, fd, atNs }: CallMessage): void {
    const open = this.openConnect(`${p} ${fd}`);
    if (open !== undefined) open.closedNs = atNs;
  }

  private endConnect(m: CallMessage): void {
    const key = `${m.p} ${m.fd}`;
    const open = this.openConnect(key);
    if (open === undefined) return;
    if (m.local !== null && !m.local.endsWith(':0')) open.local = m.local;
    if (m.cpuNs !== null) open.cpuNs = (open.cpuNs ?? 0) + m.cpuNs;
    if (m.errno !== null && LEAVES.has(m.errno) && (m.errno !== 'EALREADY' || open.left !== null)) {
      const errno = m.errno === 'EALREADY' ? (open.left?.errno ?? m.errno) : m.errno;
      open.left = { errno, atNs: m.atNs, waited: m.atNs - m.startNs >= AT_ONCE_NS };
      return;
    }
    if (m.errno !== null && NO_ATTEMPT.has(m.errno)) {
      if (open.left === null) this.connects.splice(this.connects.indexOf(open), 1);
      else if (m.errno === 'EISCONN') open.endNs = m.atNs;
      return;
    }
    open.endNs = m.atNs;
    open.errno = m.errno;
  }
}

/** ss shows the wildcard address of an IPv6 listener as `*`. */
function sameLocal(local: string, shown: string): boolean {
  return local === shown || (shown.startsWith('*:') && local === `[::]${shown.slice(1)}`);
}
