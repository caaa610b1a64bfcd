// The `client` program: connect, send a request, wait for the answer, hold the connection, close. What the user felt goes
// into a request report.

import type { ClientSpec } from './program-spec.ts';
import type { Report } from './report.ts';
import { anyAddress, setOptions } from './socket-setup.ts';
import { type Program, type Sys, SysError } from './sys.ts';
import { readBytes, sendBytes } from './transfer.ts';

async function prepare(sys: Sys, spec: ClientSpec): Promise<number> {
  const fd = await sys.socket(spec.family);
  await setOptions(sys, fd, spec.options);
  if (spec.timeoutNs !== null) {
    await sys.setsockopt(fd, 'SO_SNDTIMEO', spec.timeoutNs);
    await sys.setsockopt(fd, 'SO_RCVTIMEO', spec.timeoutNs);
  }
  const { bind } = spec;
  if (bind !== null) await sys.bind(fd, { host: bind.address ?? anyAddress(spec.family), port: bind.port });
  return fd;
}

/** The errno of a failed call; anything else is passed on. */
function errnoOf(error: unknown): string {
  if (error instanceof SysError) return error.code;
  throw error;
}

const asks = (spec: ClientSpec): boolean => spec.requestBytes > 0 || spec.replyBytes > 0;

/** One request on a connection; null, or the errno that ended it. */
async function request(
  sys: Sys,
  fd: number,
  spec: ClientSpec,
  report: Report,
  id: number,
  startNs: number,
  connectNs: number,
): Promise<string | null> {
  let bytes = 0;
  let errno: string | null = null;
  try {
    if (spec.cpuNs > 0) await sys.compute(spec.cpuNs);
    await sendBytes(sys, fd, spec.requestBytes);
    bytes = await readBytes(sys, fd, spec.replyBytes);
  } catch (error) {
    errno = errnoOf(error);
  }
  report.request({ id, startNs, latencyNs: sys.now() - startNs, connectNs, errno, bytes });
  return errno;
}

/** One connection from socket() to close(). */
async function connection(sys: Sys, spec: ClientSpec, report: Report, firstId: number): Promise<void> {
  const startNs = sys.now();
  let fd = -1;
  try {
    fd = await prepare(sys, spec);
    await sys.connect(fd, spec.to);
  } catch (error) {
    const errno = errnoOf(error);
    const latencyNs = sys.now() - startNs;
    if (asks(spec))
      report.request({ id: firstId, startNs, latencyNs, connectNs: latencyNs, errno, bytes: 0 });
    if (fd >= 0) await sys.close(fd);
    return;
  }
  const connectNs = sys.now() - startNs;
  let errno: string | null = null;
  for (let i = 0; asks(spec) && i < spec.requests && errno === null; i++) {
    errno = await request(
      sys,
      fd,
      spec,
      report,
      firstId + i,
      i === 0 ? startNs : sys.now(),
      i === 0 ? connectNs : 0,
    );
  }
  if (spec.holdNs > 0) await sys.sleep(spec.holdNs);
  await end(sys, fd, spec);
}

/** Far longer than any run, ns. */
const LONG_NS = 4_000_000_000_000_000;

async function end(sys: Sys, fd: number, spec: ClientSpec): Promise<void> {
  if (spec.close === 'never') return;
  if (spec.close === 'reset') await sys.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 0 });
  await sys.close(fd);
}

/** Client number `part` of its declaration: all its connections, or the one whose start time this process has. */
export const clientProgram =
  (spec: ClientSpec, part: number, report: Report): Program =>
  async (sys) => {
    if (spec.pace.kind === 'times') await connection(sys, spec, report, part * spec.requests + 1);
    else {
      for (let i = 0; i < spec.count; i++) {
        if (i > 0 && spec.pace.gapNs > 0) await sys.sleep(spec.pace.gapNs);
        await connection(sys, spec, report, i * spec.requests + 1);
      }
    }
    // The process stays, so that what it did not close stays open.
    if (spec.close === 'never') await sys.sleep(LONG_NS);
  };
