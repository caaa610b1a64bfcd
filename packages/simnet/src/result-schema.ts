// JSON Schemas (draft 2020-12) of the record of a run and of a run with variants, version 1: what `halfopen run --json`
// prints.

import { TIMERS } from './network-schema.ts';
import { RESULT_SCHEMA_VERSION } from './result.ts';
import { SIGNAL_NAMES } from './signal.ts';
import { VARIANTS_SCHEMA_VERSION } from './variants-result.ts';

/** The part of JSON Schema that the document below uses. */
export interface JsonSchema {
  readonly $schema?: string;
  readonly $id?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly properties?: { readonly [name: string]: JsonSchema };
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | JsonSchema;
  readonly items?: JsonSchema | false;
  readonly prefixItems?: readonly JsonSchema[];
  readonly minItems?: number;
  readonly oneOf?: readonly JsonSchema[];
}

const text: JsonSchema = { type: 'string' };
const textOrNull: JsonSchema = { type: ['string', 'null'] };
const count: JsonSchema = { type: 'integer', minimum: 0 };
const flag: JsonSchema = { type: 'boolean' };
const ns = (description: string): JsonSchema => ({
  type: 'integer',
  minimum: 0,
  description: `${description}, ns`,
});
const list = (items: JsonSchema): JsonSchema => ({ type: 'array', items });
const counters: JsonSchema = {
  type: 'object',
  additionalProperties: { type: 'integer' },
  description: 'by nstat name; those that did not move are left out',
};

/** An object with exactly these members. */
const record = (properties: { readonly [name: string]: JsonSchema }, description?: string): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
  ...(description === undefined ? {} : { description }),
});

const expectation = record({ text, ok: flag, actual: text });

const socketTimer: JsonSchema = {
  oneOf: [{ type: 'null' }, record({ kind: text, leftNs: ns('left'), retransmits: count })],
};

const socket = record(
  {
    state: text,
    recvQ: count,
    sendQ: count,
    local: text,
    peer: text,
    timer: socketTimer,
    process: textOrNull,
  },
  'one row of ss -tano',
);

const series: JsonSchema = {
  ...list({ type: 'array', prefixItems: [ns('time'), count], items: false, minItems: 2 }),
  description: 'time and length after each change',
};

const listener = record({
  local: text,
  backlog: count,
  drops: count,
  acceptQueue: series,
  requestQueue: series,
  maxAcceptQueue: count,
  maxRequestQueue: count,
});

const share: JsonSchema = { type: 'number', minimum: 0, description: '0 to 1' };

const histogram = record(
  {
    count,
    min: ns('least'),
    max: ns('most'),
    mean: ns('mean'),
    p50: ns('half are not longer'),
    p90: ns('90 % are not longer'),
    p99: ns('99 % are not longer'),
    p999: ns('99.9 % are not longer'),
    buckets: list({ type: 'array', prefixItems: [ns('highest value'), count], items: false, minItems: 2 }),
  },
  'durations; a value read from a bucket is at most 1/32 too high',
);

const cpu = record({
  cpus: count,
  costs: text,
  userNs: ns('of programs'),
  systemNs: ns('of system calls'),
  softirqNs: ns('of packets and timers'),
  switchNs: ns('of wake-ups and switches'),
  utilisation: share,
  series: {
    ...list({ type: 'array', prefixItems: [ns('start'), share], items: false, minItems: 2 }),
    description: 'start of each interval, and how busy the CPUs were in it',
  },
  voluntarySwitches: count,
  involuntarySwitches: count,
  runQueueDelay: histogram,
  backlogDrops: count,
});

const process = record(
  {
    name: text,
    processes: count,
    userNs: ns('user time'),
    systemNs: ns('system time'),
    voluntarySwitches: count,
    involuntarySwitches: count,
    runQueueDelayNs: ns('ready but not running'),
    calls: list(
      record({
        call: text,
        calls: count,
        errors: count,
        systemNs: ns('system time'),
        wallNs: ns('from call to return'),
      }),
    ),
  },
  'the processes of one declaration, as strace -c sums them',
);

const host = record({
  kernel: text,
  addresses: list(text),
  counters,
  sockets: list(socket),
  socketStates: { type: 'object', additionalProperties: count, description: 'all sockets by state' },
  listeners: list(listener),
  cpu: { oneOf: [{ type: 'null' }, cpu] },
  processes: list(process),
  log: list(record({ atNs: ns('time'), text })),
});

const segment = record({
  id: count,
  from: text,
  to: text,
  sentNs: ns('when it left'),
  arrivedNs: { type: ['integer', 'null'], minimum: 0, description: 'when it arrived, ns; null: never' },
  source: text,
  destination: text,
  flags: text,
  seq: count,
  ack: { type: ['integer', 'null'], minimum: 0 },
  window: count,
  length: count,
  text,
  retransmission: flag,
  fate: { enum: ['delivered', 'lost', 'dropped'] },
  injected: flag,
  why: textOrNull,
  counters,
});

const probes: JsonSchema = {
  oneOf: [
    { type: 'null' },
    record(
      { free: count, shared: count, established: count, timeWait: count, bound: count, reserved: count },
      'ports that the search for a local port looked at, by what it found there',
    ),
  ],
};

const connect = record({
  host: text,
  process: text,
  local: text,
  remote: text,
  startNs: ns('start'),
  latencyNs: ns('until connect() returned'),
  errno: textOrNull,
  synsNs: list(ns('each SYN, after the first')),
  probes,
  cpuNs: { type: ['integer', 'null'], minimum: 0, description: 'CPU time of its connect() calls, ns' },
});

const request = record({
  host: text,
  process: text,
  id: count,
  startNs: ns('start'),
  latencyNs: ns('until the last byte of the answer'),
  connectNs: ns('of it in connect()'),
  errno: textOrNull,
  bytes: count,
});

const workload = record({
  name: text,
  host: text,
  started: count,
  completed: count,
  connected: count,
  failed: { type: 'object', additionalProperties: count, description: 'by errno, or EOF' },
  connect: histogram,
  request: histogram,
  intervalNs: ns('length of an interval of the series'),
  series: list(
    record({
      fromNs: ns('beginning of the interval'),
      started: count,
      completed: count,
      failed: count,
      meanNs: ns('mean latency'),
      maxNs: ns('greatest latency'),
    }),
  ),
});

const event = (type: string, members: { readonly [name: string]: JsonSchema }): JsonSchema =>
  record({ type: { const: type }, atNs: ns('time'), host: text, ...members });

const events: JsonSchema = {
  oneOf: [
    event('call', { process: text, call: text, result: text, startNs: ns('when it was made') }),
    event('state', { local: text, remote: text, from: text, to: text, on: text }),
    event('queue', {
      listener: text,
      queue: { enum: ['accept', 'request'] },
      action: text,
      remote: text,
      length: count,
      max: count,
    }),
    event('timer', { timer: text, local: text, remote: text, counters }),
    event('sleep', { process: text, call: text, on: list(text), exclusive: flag }),
    event('wake', {
      process: text,
      by: { enum: ['softirq', 'timer', 'call', 'time-out', 'signal'] },
      segment: { type: ['integer', 'null'], minimum: 0 },
      on: textOrNull,
      key: text,
    }),
    event('out', { process: text, voluntary: flag, next: textOrNull }),
    event('run', { process: text, waitedNs: ns('time on the run queue') }),
    event('signal', {
      process: text,
      signal: { enum: SIGNAL_NAMES },
      effect: { enum: ['handler', 'ignored', 'terminated'] },
    }),
    event('log', { process: textOrNull, text }),
  ],
};

const run = record({
  schemaVersion: { const: RESULT_SCHEMA_VERSION },
  scenario: text,
  title: text,
  seed: count,
  kernel: text,
  timers: {
    enum: [...TIMERS, null],
    description: 'rounding of timers: exact, or by CONFIG_HZ; null: not known',
  },
  endedNs: ns('end of the run'),
  expectations: list(expectation),
  hosts: { type: 'object', additionalProperties: host },
  segments: list(segment),
  connects: list(connect),
  requests: list(request),
  workloads: list(workload),
  events: list(events),
});

const DRAFT = 'https://json-schema.org/draft/2020-12/schema';

/** The schema of `RunResult`. */
export const RESULT_JSON_SCHEMA: JsonSchema = { $schema: DRAFT, title: 'halfopen run result', ...run };

/** The schema of `VariantsResult`. */
export const VARIANTS_JSON_SCHEMA: JsonSchema = {
  $schema: DRAFT,
  title: 'halfopen run result of a scenario with variants',
  ...record({
    schemaVersion: { const: VARIANTS_SCHEMA_VERSION },
    scenario: text,
    title: text,
    seed: count,
    kernel: text,
    expectations: list(record({ variant: textOrNull, text, ok: flag, actual: text })),
    variants: list(record({ name: text, title: text, result: run })),
  }),
};
