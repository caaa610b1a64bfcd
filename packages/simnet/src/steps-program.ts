// The `steps` program: system calls one after the other, as the scenario lists them. A step that does not end as it says
// becomes a failed expectation, and the process goes on with the next.

import type { AddressFamily } from '@halfopen/engine';
import { formatEpollMask, formatPollMask } from './poll-bits.ts';
import type { Step, StepsSpec, ThreadSpec } from './program-spec.ts';
import type { Report } from './report.ts';
import { anyAddress, setOption } from './socket-setup.ts';
import { type Program, type Sys, SysError } from './sys.ts';

/** A descriptor that has a name. */
interface Named {
  readonly fd: number;
  readonly family: AddressFamily;
  /** Given to epoll_ctl(): a closed descriptor's number may be in use again. */
  readonly data: number;
}

type Names = Map<string, Named>;

/** A number for a name that was never given: no open descriptor. */
const NO_FD = -1;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);

async function sendStep(sys: Sys, fd: number, step: Step & { call: 'send' }): Promise<number> {
  const data = step.text === null ? new Uint8Array(step.bytes) : ascii(step.text);
  let sent = await sys.send(fd, data, step.flags);
  while (step.all && sent < data.length) sent += await sys.send(fd, data.subarray(sent), step.flags);
  return sent;
}

async function recvStep(sys: Sys, fd: number, step: Step & { call: 'recv' }): Promise<number> {
  let got = 0;
  do {
    const data = await sys.recv(fd, step.bytes - got, step.flags);
    got += data.length;
    if (data.length === 0) break;
  } while (step.all && got < step.bytes);
  return got;
}

const reportText = (events: readonly { readonly fd: string; readonly events: number }[]): string =>
  events.length === 0 ? 'nothing' : events.map((e) => `${e.fd}:${formatEpollMask(e.events)}`).join(' ');

async function epollStep(sys: Sys, names: Names, step: EpollStep): Promise<string | null> {
  if (step.call === 'epoll_create') {
    give(names, step.fd, await sys.epollCreate());
    return null;
  }
  const epoll = names.get(step.epoll)?.fd ?? NO_FD;
  if (step.call === 'epoll_ctl') {
    const target = names.get(step.fd);
    await sys.epollCtl(epoll, step.op, target?.fd ?? NO_FD, step.events, target?.data ?? 0);
    return null;
  }
  const events = await sys.epollWait(epoll, step.max, step.timeoutNs);
  const named = [...names.entries()];
  const nameOf = (data: number): string => named.find(([, n]) => n.data === data)?.[0] ?? '?';
  return reportText(events.map((e) => ({ fd: nameOf(e.data), events: e.events })));
}

const give = (names: Names, name: string, fd: number, family: AddressFamily = 'AF_INET'): void => {
  names.delete(name);
  names.set(name, { fd, family, data: Math.max(0, ...[...names.values()].map((n) => n.data)) + 1 });
};

/** Runs one step; a text is what an `expect` of the step is compared with. */
async function run(sys: Sys, names: Names, step: Step): Promise<string | null> {
  const fd = 'fd' in step ? (names.get(step.fd)?.fd ?? NO_FD) : NO_FD;
  switch (step.call) {
    case 'socket':
      give(names, step.fd, await sys.socket(step.family, { nonblock: step.nonblock }), step.family);
      return null;
    case 'bind':
      await sys.bind(fd, {
        host: step.address ?? anyAddress(names.get(step.fd)?.family ?? 'AF_INET'),
        port: step.port,
      });
      return null;
    case 'listen':
      await sys.listen(fd, step.backlog);
      return null;
    case 'connect':
      await sys.connect(fd, step.to);
      return null;
    case 'accept':
      give(names, step.as, (await sys.accept(fd)).fd);
      return null;
    case 'send':
      return String(await sendStep(sys, fd, step));
    case 'recv':
      return String(await recvStep(sys, fd, step));
    case 'poll': {
      const masks = await sys.poll([{ fd, events: step.events }], step.timeoutNs);
      return formatPollMask(masks[0] ?? 0);
    }
    case 'use':
      give(names, step.fd, step.number);
      return null;
    case 'epoll_create':
    case 'epoll_ctl':
    case 'epoll_wait':
      return epollStep(sys, names, step);
    default:
      await runPlain(sys, fd, step);
      return null;
  }
}

type EpollStep = Step & { call: 'epoll_create' | 'epoll_ctl' | 'epoll_wait' };
type PlainStep = Exclude<
  Step,
  EpollStep | { call: 'socket' | 'bind' | 'listen' | 'connect' | 'accept' | 'send' | 'recv' | 'poll' | 'use' }
>;

/** A sleep that a signal interrupts goes on. */
async function sleepUntil(sys: Sys, atNs: number): Promise<void> {
  while (atNs > sys.now()) {
    try {
      await sys.sleep(atNs - sys.now());
    } catch (error) {
      if (!(error instanceof SysError) || error.code !== 'EINTR') throw error;
    }
  }
}

async function runPlain(sys: Sys, fd: number, step: PlainStep): Promise<void> {
  switch (step.call) {
    case 'shutdown':
      return sys.shutdown(fd, step.how);
    case 'disconnect':
      return sys.disconnect(fd);
    case 'close':
      return sys.close(fd);
    case 'setsockopt':
      return setOption(sys, fd, step.name, step.value);
    case 'nonblock':
      return sys.setNonblocking(fd, step.on);
    case 'compute':
      return sys.compute(step.forNs);
    case 'sleep':
      return sys.sleep(step.forNs);
    case 'until':
      return sleepUntil(sys, step.atNs);
    case 'sigaction':
      return sys.sigaction(step.signal, step.handler, step.flags);
    case 'kill':
      return sys.kill(step.process, step.signal);
    case 'log':
      return sys.log(step.text);
  }
}

/** What a step says it gives; null when it does not. */
function expected(step: Step): string | null {
  if (step.call === 'recv' || step.call === 'send') return step.expect === null ? null : String(step.expect);
  if (step.call === 'poll') return step.expect === null ? null : formatPollMask(step.expect);
  if (step.call === 'epoll_wait') return step.expect === null ? null : reportText(step.expect);
  return null;
}

/** Compares the end of a step with what it says; null when it fits. */
function misfit(
  step: Step,
  errno: string | null,
  value: string | null,
): { expected: string; actual: string } | null {
  if (step.any) return null;
  if (errno !== step.errno) return { expected: step.errno ?? 'success', actual: errno ?? 'success' };
  const wanted = expected(step);
  if (errno !== null || wanted === null || value === null || wanted === value) return null;
  return { expected: wanted, actual: value };
}

async function runSteps(sys: Sys, names: Names, steps: readonly Step[], report: Report): Promise<void> {
  for (const [i, step] of steps.entries()) {
    let errno: string | null = null;
    let value: string | null = null;
    try {
      value = await run(sys, names, step);
    } catch (error) {
      if (!(error instanceof SysError)) throw error;
      errno = error.code;
    }
    const wrong = misfit(step, errno, value);
    if (wrong !== null) report.mismatch(`step ${i + 1}, ${step.call}, gives ${wrong.expected}`, wrong.actual);
  }
}

/** The thread that an instance of a `steps` process is, null: its main thread. */
function threadOf({ threads }: StepsSpec, part: number): ThreadSpec | null {
  let first = 1;
  for (const thread of threads) {
    if (part >= first && part < first + thread.count) return thread;
    first += thread.count;
  }
  return null;
}

export const stepsProgram =
  (spec: StepsSpec, part: number, report: Report): Program =>
  async (sys) => {
    const thread = threadOf(spec, part);
    if (thread === null) return runSteps(sys, new Map(), spec.steps, report);
    for (let i = 0; i < thread.repeat; i++) await runSteps(sys, new Map(), thread.steps, report);
  };
