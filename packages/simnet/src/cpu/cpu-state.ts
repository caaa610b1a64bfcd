// What is known of the CPUs of a host and of the tasks on them: plain data, part of the world's state.

import type { Packet } from '@halfopen/engine';
import type { Outcome } from '../call.ts';
import { type Histogram, newHistogram } from '../histogram.ts';
import type { Parcel } from '../network.ts';
import type { WakeReason } from '../result.ts';

/** Packets and wake-ups of one entry into the kernel, which take effect when its CPU time is spent. */
export interface Outbox {
  readonly packets: { readonly packet: Packet; readonly retransmission: boolean }[];
  /** Socket id and poll mask in turn. */
  readonly wakes: number[];
  /** Who wakes. */
  by: WakeReason;
  /** Record of the packet that wakes; -1: none does, or none is kept. */
  segment: number;
}

/** Work of a CPU that comes before any task. */
export type SoftirqWork =
  | { readonly kind: 'packet'; readonly parcel: Parcel }
  /** The kernel was entered already, for a timer; this is its cost and what came of it. */
  | { readonly kind: 'timer'; readonly ns: number; readonly outbox: number }
  /** A sleeper's time-out. */
  | { readonly kind: 'timeout'; readonly ns: number; readonly process: number; readonly call: number };

/** What a task does when it has the CPU; `enter`: it is about to make its call. */
export type TaskPhase = 'switch' | 'enter' | 'system' | 'user' | 'exit';

/** The part of a process that CPUs know of; null on a host without a CPU model. */
export interface TaskCpu {
  /** Index of the declaration that the process comes from; below 0 for a workload's. */
  readonly declaration: number;
  /** CPU that it is on, or -1. */
  on: number;
  /** CPU that it was on last. */
  last: number;
  phase: TaskPhase;
  /** CPU time that the phase still needs, ns. */
  leftNs: number;
  /** What it was at when it was preempted, to go on with after the switch. */
  interrupted: { readonly phase: TaskPhase; readonly leftNs: number } | null;
  /** How the call under way ended; its time is not yet spent. */
  due: Outcome | null;
  /** Number and system time, ns, of the call under way. */
  callNo: number;
  callNs: number;
  /** Number of the outbox of the call, or 0. */
  outbox: number;
  readySinceNs: number;
  /** It slept before it became ready. */
  slept: boolean;
}

export interface Cpu {
  /** Task (process) that has it, or -1. */
  task: number;
  lastTask: number;
  doing: 'idle' | 'waking' | 'softirq' | 'task' | 'between';
  /** Since when, or since the last booking. */
  sinceNs: number;
  /** When what it does ends, ns. */
  endNs: number;
  /** Number of its live event; others are stale. */
  ticket: number;
  /** When its task was switched in. */
  sliceStartNs: number;
  readonly softirq: SoftirqWork[];
  /** What it works at in softirq. */
  current: SoftirqWork | null;
  /** Outbox of that work, or 0. */
  outbox: number;
  /** Since when it has been in softirq without a break, or -1. */
  softirqSinceNs: number;
  /** Tasks come first until this time, since softirq took too long. */
  tasksUntilNs: number;
}

export interface CallAccount {
  calls: number;
  errors: number;
  systemNs: number;
  wallNs: number;
}

/** What the processes of one declaration used. */
export interface TaskAccount {
  userNs: number;
  systemNs: number;
  voluntary: number;
  involuntary: number;
  runQueueDelayNs: number;
  readonly calls: Map<string, CallAccount>;
}

export interface HostCpus {
  readonly cpus: Cpu[];
  /** Tasks that are ready, in the order in which they came. */
  readonly runQueue: number[];
  /** By index of the declaration. */
  readonly accounts: Map<number, TaskAccount>;
  /** What has not taken effect yet, by number, oldest first. */
  readonly unsent: Map<number, Outbox>;
  nextOutbox: number;
  userNs: number;
  systemNs: number;
  softirqNs: number;
  switchNs: number;
  voluntary: number;
  involuntary: number;
  /** Packets that found the queue of their CPU full. */
  dropped: number;
  readonly delay: Histogram;
  /** Busy time of all CPUs in each interval, ns. */
  readonly busy: number[];
}

const newCpu = (): Cpu => ({
  task: -1,
  lastTask: -1,
  doing: 'idle',
  sinceNs: 0,
  endNs: 0,
  ticket: 0,
  sliceStartNs: 0,
  softirq: [],
  current: null,
  outbox: 0,
  softirqSinceNs: -1,
  tasksUntilNs: 0,
});

export const newHostCpus = (cpus: number): HostCpus => ({
  cpus: Array.from({ length: cpus }, newCpu),
  runQueue: [],
  accounts: new Map(),
  unsent: new Map(),
  nextOutbox: 1,
  userNs: 0,
  systemNs: 0,
  softirqNs: 0,
  switchNs: 0,
  voluntary: 0,
  involuntary: 0,
  dropped: 0,
  delay: newHistogram(),
  busy: [],
});

/** Threads of a workload share an account, whose number is below 0. */
export const declarationOfWorkload = (workload: number): number => -1 - workload;

export const newTaskCpu = (declaration: number): TaskCpu => ({
  declaration,
  on: -1,
  last: 0,
  phase: 'switch',
  leftNs: 0,
  interrupted: null,
  due: null,
  callNo: 0,
  callNs: 0,
  outbox: 0,
  readySinceNs: 0,
  slept: false,
});

/** The account of the declaration of a task, made when it is new. */
export function accountOf(host: HostCpus, { declaration }: TaskCpu): TaskAccount {
  const found = host.accounts.get(declaration);
  if (found !== undefined) return found;
  const made: TaskAccount = {
    userNs: 0,
    systemNs: 0,
    voluntary: 0,
    involuntary: 0,
    runQueueDelayNs: 0,
    calls: new Map(),
  };
  host.accounts.set(declaration, made);
  return made;
}

export function callAccount(account: TaskAccount, call: string): CallAccount {
  const found = account.calls.get(call);
  if (found !== undefined) return found;
  const made: CallAccount = { calls: 0, errors: 0, systemNs: 0, wallNs: 0 };
  account.calls.set(call, made);
  return made;
}
