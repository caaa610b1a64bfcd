// What signals did on the real kernel. Nothing tells when a handler runs, so a signal counts as handled when it is sent,
// by what its process had asked for until then. That one has ended its process the parent sees.

import {
  actionOf,
  type EventRecord,
  effectOf,
  type SignalAction,
  type SignalName,
  type SignalTable,
} from '@halfopen/simnet';

interface Sent {
  readonly host: string;
  /** Process or thread as the record names it. */
  readonly process: string;
  readonly declaration: string;
  readonly atNs: number;
  readonly signal: SignalName;
}

interface Asked {
  readonly declaration: string;
  readonly atNs: number;
  readonly signal: SignalName;
  readonly action: SignalAction;
}

export class SignalNotes {
  readonly sent: Sent[] = [];
  readonly asked: Asked[] = [];

  /** One for each signal, without those that ended a process. */
  events(): EventRecord[] {
    return this.sent.flatMap(({ host, process, declaration, atNs, signal }): EventRecord[] => {
      const before = this.asked.filter((a) => a.declaration === declaration && a.atNs <= atNs);
      const table: SignalTable = new Map(before.map((a) => [a.signal, a.action]));
      const effect = effectOf(signal, actionOf(table, signal));
      return effect === 'terminated' ? [] : [{ type: 'signal', atNs, host, process, signal, effect }];
    });
  }
}
