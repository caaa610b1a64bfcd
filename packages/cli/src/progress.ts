// A line on stderr while a long run goes on: only on a terminal, only after a second, and wiped away at the end.

import type { Scenario, World } from '@halfopen/simnet';
import type { Context } from './command.ts';
import type { Io } from './io.ts';

const SILENT_MS = 1000;
const EVERY_MS = 200;
/** Back to the first column, and clear the line. */
const WIPE = '\r\u001b[K';

/** The line; `show` may be called as often as one likes. */
export interface ProgressLine {
  readonly show: (text: () => string) => void;
  readonly wipe: () => void;
}

const SILENT: ProgressLine = { show: () => {}, wipe: () => {} };

export function progressLine(io: Io): ProgressLine {
  if (!io.stderrIsTerminal) return SILENT;
  const startMs = io.clockMs();
  let lastMs = startMs;
  let shown = false;
  return {
    show: (text) => {
      const nowMs = io.clockMs();
      if (nowMs - startMs < SILENT_MS || nowMs - lastMs < EVERY_MS) return;
      lastMs = nowMs;
      shown = true;
      io.stderr(`${WIPE}${text()}`);
    },
    wipe: () => {
      if (shown) io.stderr(WIPE);
    },
  };
}

/** Runs a world to its end. */
export async function watchProgress(world: World, scenario: Scenario, { io, m }: Context): Promise<void> {
  if (!io.stderrIsTerminal) {
    await world.run();
    return;
  }
  const line = progressLine(io);
  await world.run(scenario.durationNs, () => {
    line.show(() => m.run.progress(Math.floor((100 * world.now) / scenario.durationNs), scenario.name));
  });
  line.wipe();
}
