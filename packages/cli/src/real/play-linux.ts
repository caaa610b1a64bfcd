// A run on the real kernel for a command: progress while it goes on, what it could not do, and what is missing when it
// cannot begin.

import { HostError, type LinuxRun, runOnLinux } from '@halfopen/linux';
import type { Scenario } from '@halfopen/simnet';
import type { Context } from '../command.ts';
import { type Outcome, unable, wrong } from '../outcome.ts';
import { REAL_CATALOGUES } from './messages.ts';

/** Back to the first column, and clear the line. */
const WIPE = '\r\u001b[K';
/** Runs shorter than this show no progress, ns. */
const SILENT_NS = 1e9;

export function outcomeOf(error: unknown): Outcome {
  if (!(error instanceof HostError)) throw error;
  const { fault, message, hint } = error;
  return (fault === 'wrong-use' ? wrong : unable)(message, hint === '' ? null : hint);
}

/** What was not as the scenario says. */
function tellLimits(run: LinuxRun, { io, lang }: Context): void {
  const words = REAL_CATALOGUES[lang];
  for (const { host, sysctl, reason } of run.unsupported)
    io.stderr(`${words.unsupported(host, sysctl, reason)}\n`);
  if (run.unmeasured.length > 0) io.stderr(`${words.unmeasured(run.unmeasured.length)}\n`);
  if (!run.realTime) io.stderr(`${words.noPriority}\n`);
  const { forwarded, lateSumNs, lateMaxNs } = run.wire;
  const meanUs = forwarded === 0 ? 0 : Math.round(lateSumNs / forwarded / 1000);
  io.stderr(`${words.wire(forwarded, meanUs, Math.round(lateMaxNs / 1000))}\n`);
}

/** Runs a scenario on the real kernel, or says why it could not. */
export async function playOnLinux(scenario: Scenario, context: Context): Promise<LinuxRun | Outcome> {
  const { io, lang } = context;
  let shown = false;
  const onProgress = (nowNs: number): void => {
    if (nowNs < SILENT_NS) return;
    shown = true;
    const percent = Math.min(100, Math.floor((100 * nowNs) / scenario.durationNs));
    io.stderr(`${WIPE}${REAL_CATALOGUES[lang].progress(percent, scenario.name)}`);
  };
  try {
    const run = await runOnLinux(scenario, io.stderrIsTerminal ? { onProgress } : {});
    if (shown) io.stderr(WIPE);
    tellLimits(run, context);
    return run;
  } catch (error) {
    if (shown) io.stderr(WIPE);
    return outcomeOf(error);
  }
}
