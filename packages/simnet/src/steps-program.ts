// The `steps` program: system calls one after the other, as the scenario lists them. A step that does not end as it says
// becomes a failed expectation, and the process goes on with the next.

import type { AddressFamily } from '@halfopen/engine';
import { formatPollMask } from './poll-bits.ts';
import type { Step, StepsSpec } from './program-spec.ts';
import type { Report } from './report.ts';
import { anyAddress, setOption } from './socket-setup.ts';
import { type Program, type Sys, SysError } from './sys.ts';

/** A descriptor that has a name. */
interface Named {
  readonly fd: number;
  readonly family: AddressFamily;
}

type Names = Map<string, Named>;

/** A number for a name that was never given: no open descriptor. */
const NO_FD = -1;

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (c) => c.charCodeAt(0) & 0xff);

async function sendStep(sys: Sys, fd: number, step: Step & { call: 'send' }): Promise<number> {
  const data = step.text === null ? new Uint8Array(step.bytes) : ascii(step.text);
  let sent = await sys.send(fd, data);
  while (step.all && sent < data.length) sent += await sys.send(fd, data.subarray(sent));
  return sent;
}

async function recvStep(sys: Sys, fd: number, step: Step & { call: 'recv' }): Promise<number> {
  let got = 0;
  do {
    const data = await sys.recv(fd, step.bytes - got);
    got += data.length;
    if (data.length === 0) break;
  } while (step.all && got < step.bytes);
  return got;
}

/** Runs one step; a number is what an `expect` of the step is compared with. */
async function run(sys: Sys, names: Names, step: Step): Promise<number | null> {
  const fd = 'fd' in step ? (names.get(step.fd)?.fd ?? NO_FD) : NO_FD;
  switch (step.call) {
    case 'socket':
      names.set(step.fd, {
        fd: await sys.socket(step.family, { nonblock: step.nonblock }),
        family: step.family,
      });
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
      names.set(step.as, { fd: (await sys.accept(fd)).fd, family: 'AF_INET' });
      return null;
    case 'send':
      return sendStep(sys, fd, step);
    case 'recv':
      return recvStep(sys, fd, step);
    case 'poll': {
      const masks = await sys.poll([{ fd, events: step.events }], step.timeoutNs);
      return masks[0] ?? 0;
    }
    default:
      await runPlain(sys, fd, step);
      return null;
  }
}

type PlainStep = Exclude<
  Step,
  { call: 'socket' | 'bind' | 'listen' | 'connect' | 'accept' | 'send' | 'recv' | 'poll' }
>;

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
    case 'sleep':
      return sys.sleep(step.forNs);
    case 'until':
      return step.atNs > sys.now() ? sys.sleep(step.atNs - sys.now()) : undefined;
    case 'log':
      return sys.log(step.text);
  }
}

/** Compares the end of a step with what it says; null when it fits. */
function misfit(
  step: Step,
  errno: string | null,
  value: number | null,
): { expected: string; actual: string } | null {
  const shown = step.call === 'poll' ? formatPollMask : String;
  if (errno !== step.errno) return { expected: step.errno ?? 'success', actual: errno ?? 'success' };
  const wanted = step.call === 'recv' || step.call === 'poll' ? step.expect : null;
  if (errno !== null || wanted === null || value === null || wanted === value) return null;
  return { expected: shown(wanted), actual: shown(value) };
}

export const stepsProgram =
  (spec: StepsSpec, report: Report): Program =>
  async (sys) => {
    const names: Names = new Map();
    for (const [i, step] of spec.steps.entries()) {
      let errno: string | null = null;
      let value: number | null = null;
      try {
        value = await run(sys, names, step);
      } catch (error) {
        if (!(error instanceof SysError)) throw error;
        errno = error.code;
      }
      const wrong = misfit(step, errno, value);
      if (wrong !== null)
        report.mismatch(`step ${i + 1}, ${step.call}, gives ${wrong.expected}`, wrong.actual);
    }
  };
