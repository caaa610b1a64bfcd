// `halfopen run NAME|FILE`: loads a scenario, runs it, and shows the result as text, as JSON or as a capture.

import { PROFILE_NAMES } from '@halfopen/engine';
import {
  createWorld,
  overrideScenario,
  type RunResult,
  type Scenario,
  ScenarioError,
  type World,
  worldResult,
} from '@halfopen/simnet';
import { multiple } from '@optique/core/modifiers';
import { commonOptions, flag, given, helpLines, options, parseArgs, value, word } from '../args.ts';
import type { Command, Context } from '../command.ts';
import { whyOf } from '../io.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, unable, wrong } from '../outcome.ts';
import { captureBytes } from '../pcap.ts';
import { watchProgress } from '../progress.ts';
import { type Presentation, renderQuiet, renderReport } from '../render/report.ts';
import { type Loaded, loadScenario, problemOf } from '../scenario-file/load.ts';
import { inLang } from '../scenario-file/presentation.ts';

const parser = (m: Messages) =>
  options(
    {
      scenario: word('NAME|FILE', m.run.ofScenario),
      pcap: value('--pcap', 'FILE', m.run.ofPcap, m),
      seed: value('--seed', 'N', m.run.ofSeed, m),
      set: multiple(given('--set', 'HOST:SYSCTL=VALUE', m.run.ofSet, m)),
      kernel: value('--kernel', 'PROFILE', m.run.ofKernel(PROFILE_NAMES.join(' ')), m),
      quiet: flag('--quiet', m.run.ofQuiet, m),
      full: flag('--full', m.run.ofFull, m),
      ...commonOptions(m),
    },
    m,
    m.errors.missingScenario,
  );

interface Args {
  readonly scenario: string;
  readonly pcap: string | undefined;
  readonly seed: string | undefined;
  readonly set: readonly string[];
  readonly kernel: string | undefined;
  readonly quiet: boolean;
  readonly full: boolean;
  readonly json: boolean;
}

const SEED_MAX = 0xffffffff;

const seedOf = (text: string): number | null =>
  /^\d{1,10}$/.test(text) && Number(text) <= SEED_MAX ? Number(text) : null;

/** The scenario with what the options change in it. */
function prepare(args: Args, loaded: Loaded & { ok: true }, m: Messages): Scenario | Outcome {
  const seed = args.seed === undefined ? undefined : seedOf(args.seed);
  if (seed === null)
    return wrong(m.errors.badInteger('--seed', args.seed ?? ''), m.errors.seeHelp('halfopen run'));
  try {
    return overrideScenario(loaded.value.scenario, { seed, kernel: args.kernel, set: args.set });
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return {
      kind: 'wrong',
      problems: error.issues.map((issue) => {
        const problem = problemOf({ ...issue, path: [] }, null, m);
        return { ...problem, message: `${issue.path.join(' ')}: ${problem.message}` };
      }),
    };
  }
}

/** Writes the capture; what went wrong, or null. */
function writeCapture(file: string, world: World, result: RunResult, { io, m }: Context): Outcome | null {
  const { bytes, packets } = captureBytes(world, result);
  try {
    io.writeBytes(file, bytes);
  } catch (error) {
    return unable(m.errors.cannotWrite(file, whyOf(error)));
  }
  io.stderr(`${m.run.pcapWritten(packets, file)}\n`);
  return null;
}

function show(result: RunResult, presentation: Presentation, args: Args, { io, m, paint }: Context): void {
  const options = { full: args.full, m, paint };
  if (args.json) io.stdout(`${JSON.stringify(result, null, 2)}\n`);
  else if (args.quiet) io.stdout(renderQuiet(result, options));
  else io.stdout(renderReport(result, presentation, options));
}

async function execute(args: Args, context: Context): Promise<Outcome> {
  const loaded = loadScenario(args.scenario, context.io, context.m);
  if (!loaded.ok) return loaded.outcome;
  const scenario = prepare(args, loaded, context.m);
  if ('kind' in scenario) return scenario;
  const world = createWorld(scenario, { record: true, capture: args.pcap !== undefined });
  await watchProgress(world, scenario, context);
  const result = worldResult(world);
  if (args.pcap !== undefined) {
    const problem = writeCapture(args.pcap, world, result, context);
    if (problem !== null) return problem;
  }
  show(result, inLang(loaded.value.presentation, context.lang), args, context);
  return { kind: result.expectations.every((e) => e.ok) ? 'ok' : 'findings' };
}

export const run: Command = {
  name: 'run',
  examples: [
    'halfopen run accept-queue-full',
    'halfopen run accept-queue-full --set server:net.core.somaxconn=1 --json',
  ],
  summary: (m) => m.run.summary,
  help: (m) => helpLines('run', parser(m), m),
  run: async (argv, context) => {
    const args = parseArgs('run', parser(context.m), argv, context.m);
    return args.ok ? execute(args.value, context) : args.outcome;
  },
};
