// Rendering, from a result made by hand: a SYN dropped twice by a full accept queue, and one lost on the link.

import type { RunResult, SegmentRecord } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { COLOUR, PLAIN } from './paint.ts';
import { renderQuiet, renderReport } from './report.ts';
import type { Presentation } from './report-parts.ts';
import { width } from './text.ts';

const MS = 1_000_000;
const CLIENT = '10.0.0.1:40000';
const SERVER = '10.0.0.2:80';

let id = 0;
const segment = (
  atMs: number,
  flags: string,
  up: boolean,
  change: Partial<SegmentRecord> = {},
): SegmentRecord => ({
  id: id++,
  from: up ? 'client' : 'server',
  to: up ? 'server' : 'client',
  sentNs: atMs * MS,
  arrivedNs: (atMs + 10) * MS,
  source: up ? CLIENT : SERVER,
  destination: up ? SERVER : CLIENT,
  flags,
  seq: flags.includes('S') ? 0 : 1,
  ack: flags.includes('.') ? 1 : null,
  window: 64240,
  length: 0,
  text: `${flags} 0:0(0) win 64240 <mss 1460,sackOK,TS val 1 ecr 0,nop,wscale 10>`,
  retransmission: false,
  fate: 'delivered',
  injected: false,
  why: null,
  counters: {},
  ...change,
});

const again = { retransmission: true } as const;

const RESULT: RunResult = {
  schemaVersion: 1,
  scenario: 'by-hand',
  title: 'A SYN that had to be sent four times',
  seed: 1,
  kernel: '6.18',
  timers: 'exact',
  endedNs: 4000 * MS,
  expectations: [
    { text: 'connect 1 errno == ok', ok: true, actual: 'ok' },
    { text: 'server TcpExtListenOverflows == 3', ok: false, actual: '2' },
  ],
  hosts: {
    client: {
      kernel: '6.18',
      addresses: ['10.0.0.1'],
      counters: { TcpActiveOpens: 1, TcpExtTCPSynRetrans: 3 },
      socketStates: {},
      cpu: null,
      processes: [],
      sockets: [
        { state: 'ESTAB', recvQ: 0, sendQ: 0, local: CLIENT, peer: SERVER, timer: null, process: 'client' },
      ],
      listeners: [],
      log: [],
    },
    server: {
      kernel: '6.18',
      addresses: ['10.0.0.2'],
      counters: { TcpExtListenOverflows: 2, TcpExtListenDrops: 2 },
      socketStates: {},
      cpu: null,
      processes: [],
      sockets: [],
      listeners: [
        {
          local: '0.0.0.0:80',
          backlog: 1,
          drops: 2,
          acceptQueue: [
            [0, 2],
            [2500 * MS, 0],
            [3040 * MS, 1],
          ],
          requestQueue: [
            [3010 * MS, 1],
            [3040 * MS, 0],
          ],
          maxAcceptQueue: 2,
          maxRequestQueue: 1,
        },
      ],
      log: [
        {
          atNs: 5 * MS,
          text: 'TCP: request_sock_TCP: Possible SYN flooding on port 10.0.0.2:80. Sending cookies.',
        },
      ],
    },
  },
  segments: [
    segment(0, 'S', true, {
      fate: 'dropped',
      why: 'accept-queue-full',
      counters: { TcpExtListenOverflows: 1, TcpExtListenDrops: 1 },
    }),
    segment(1000, 'S', true, {
      ...again,
      fate: 'dropped',
      why: 'accept-queue-full',
      counters: { TcpExtListenOverflows: 1, TcpExtListenDrops: 1 },
    }),
    segment(2000, 'S', true, { ...again, fate: 'lost', arrivedNs: null, why: 'rule: drop syn number 3' }),
    segment(3000, 'S', true, again),
    segment(3010, 'S.', false),
    segment(3030, '.', true),
  ],
  connects: [
    {
      host: 'client',
      process: 'client',
      local: CLIENT,
      remote: SERVER,
      startNs: 0,
      latencyNs: 3030 * MS,
      errno: null,
      synsNs: [0, 1e9, 2e9, 3e9],
      probes: null,
      cpuNs: null,
    },
  ],
  workloads: [],
  requests: [],
  events: [
    {
      type: 'state',
      atNs: 0,
      host: 'client',
      local: CLIENT,
      remote: SERVER,
      from: 'CLOSE',
      to: 'SYN-SENT',
      on: 'connect',
    },
    {
      type: 'state',
      atNs: 3020 * MS,
      host: 'client',
      local: CLIENT,
      remote: SERVER,
      from: 'SYN-SENT',
      to: 'ESTAB',
      on: 'SYN-ACK',
    },
    {
      type: 'queue',
      atNs: 3100 * MS,
      host: 'server',
      listener: '0.0.0.0:80',
      queue: 'accept',
      action: 'taken',
      remote: CLIENT,
      length: 0,
      max: 1,
    },
  ],
};

const SHOWN: Presentation = {
  variants: [],
  title: RESULT.title,
  about: 'Two SYNs meet a full accept queue, and the third one is lost on the way.\n',
  show: [],
  follow: [],
  next: [{ run: 'halfopen list', why: 'see more' }],
};

const options = (lang: 'en' | 'zh', paint = PLAIN) => ({ full: false, m: CATALOGUES[lang], paint });

test('the report in English', () => {
  expect(renderReport(RESULT, SHOWN, options('en'))).toMatchSnapshot();
});

test('the report in Chinese', () => {
  expect(renderReport(RESULT, SHOWN, options('zh'))).toMatchSnapshot();
});

test('no line is wider than 80 columns in either language', () => {
  for (const lang of ['en', 'zh'] as const) {
    const lines = renderReport(RESULT, SHOWN, options(lang)).split('\n');
    expect(lines.filter((line) => width(line) > 80)).toEqual([]);
  }
});

test('colour changes nothing but colour', () => {
  const coloured = renderReport(RESULT, SHOWN, options('en', COLOUR));
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what an escape sequence begins with
  expect(coloured.replace(/\u001b\[[\d;]*m/g, '')).toBe(renderReport(RESULT, SHOWN, options('en')));
});

test('--quiet names the failed expectations and nothing else', () => {
  expect(renderQuiet(RESULT, options('en'))).toBe('FAILED  server TcpExtListenOverflows == 3  (got 2)\n');
});
