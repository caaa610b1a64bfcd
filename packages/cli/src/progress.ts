// A line on stderr while a long run goes on: only on a terminal, only after a second, and wiped away at the end.

import type { Scenario, World } from '@halfopen/simnet';
import type { Context } from './command.ts';

const SILENT_MS = 1000;
const EVERY_MS = 200;
/** Back to the first column, and clear the line. */
const WIPE = '\r\u001b[K';

/** Runs a world to its end. */
export async function watchProgress(world: World, scenario: Scenario, { io, m }: Context): Promise<void> {
  if (!io.stderrIsTerminal) {
    await world.run();
    return;
  }
  const startMs = io.clockMs();
  let lastMs = startMs;
  let shown = false;
  await world.run(scenario.durationNs, () => {
    const nowMs = io.clockMs();
    if (nowMs - startMs < SILENT_MS || nowMs - lastMs < EVERY_MS) return;
    lastMs = nowMs;
    shown = true;
    const percent = Math.floor((100 * world.now) / scenario.durationNs);
    io.stderr(`${WIPE}${m.run.progress(percent, scenario.name)}`);
  });
  if (shown) io.stderr(WIPE);
}
