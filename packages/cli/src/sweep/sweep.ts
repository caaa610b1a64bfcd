// From the words of the command line to the numbers of a sweep.

import type { Measured } from '@halfopen/simnet';
import type { Context } from '../command.ts';
import { Refusal } from '../live/refusal.ts';
import type { Problem } from '../outcome.ts';
import { progressLine } from '../progress.ts';
import type { LoadedScenario } from '../scenario-file/load.ts';
import { type Axis, readAxes } from './axis.ts';
import { makeData, type SweepData } from './data.ts';
import { type Cell, cellCount, makeGrid } from './grid.ts';
import type { SweepMessages } from './messages.ts';
import { expectedQuantities, shownQuantities } from './metrics.ts';
import { runAll } from './pool.ts';
import { RUNS_MAX } from './values.ts';

export interface SweepArgs {
  readonly scenario: string;
  readonly variant: string | undefined;
  readonly vary: readonly string[];
  readonly show: readonly string[];
  readonly seeds: string | undefined;
  readonly jobs: string | undefined;
  readonly json: boolean;
}

export type Swept =
  | { readonly kind: 'swept'; readonly data: SweepData }
  | { readonly kind: 'wrong'; readonly problems: readonly Problem[] }
  /** A run ended with an error of ours. */
  | { readonly kind: 'broken'; readonly where: string; readonly why: string };

const JOBS_MAX = 256;

function count(option: string, text: string, max: number, s: SweepMessages): number {
  const number = /^\d{1,9}$/.test(text) ? Number(text) : 0;
  if (number < 1 || number > max) throw new Refusal(s.badCount(option, text, max));
  return number;
}

/** Checked before anything is built. */
function readSeeds(args: SweepArgs, axes: readonly Axis[], s: SweepMessages): number {
  const seeds = args.seeds === undefined ? 1 : count('--seeds', args.seeds, RUNS_MAX, s);
  if (args.seeds !== undefined && axes.some(({ key }) => key === 'seed')) throw new Refusal(s.seedsWithSeed);
  const runs = cellCount(axes) * seeds;
  if (runs > RUNS_MAX) throw new Refusal(s.tooManyRuns(runs, RUNS_MAX));
  return seeds;
}

const nameOf = (axes: readonly Axis[], cell: Cell | undefined): string =>
  axes.map(({ key }, a) => `${key}=${cell?.values[a]}`).join(' ');

/** Runs the grid. Throws Refusal for a mistake on the command line. */
export async function sweepScenario(
  args: SweepArgs,
  loaded: LoadedScenario,
  cpus: number,
  s: SweepMessages,
  { io, m }: Context,
): Promise<Swept> {
  const { scenario } = loaded;
  const axes = readAxes(args.vary, loaded, s);
  const seeds = readSeeds(args, axes, s);
  const asked = args.jobs === undefined ? cpus : count('--jobs', args.jobs, JOBS_MAX, s);
  const quantities =
    args.show.length === 0 ? expectedQuantities(scenario) : shownQuantities(args.show, scenario, s);
  const { cells, problems } = makeGrid(loaded, axes, seeds, m);
  if (problems.length > 0) return { kind: 'wrong', problems };
  const runs = cells.flatMap((cell) => cell.runs);
  const line = progressLine(io);
  const answers = await runAll(runs, quantities, {
    jobs: Math.min(asked, runs.length),
    onDone: (done) => line.show(() => s.progress(done, runs.length)),
  });
  line.wipe();
  const measured: Measured[] = [];
  for (const [i, answer] of answers.entries()) {
    if (answer.ok) measured.push(answer.measured);
    else return { kind: 'broken', where: nameOf(axes, cells[Math.floor(i / seeds)]), why: answer.why };
  }
  return { kind: 'swept', data: makeData({ scenario, axes, quantities, cells, measured }) };
}
