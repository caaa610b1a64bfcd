// `halfopen run NAME|FILE`: loads a scenario, runs it, and shows the result as text, as JSON or as a capture.

import { PROFILE_NAMES } from '@halfopen/engine';
import { likeHost } from '@halfopen/linux';
import {
  createWorld,
  joinVariants,
  type RunResult,
  type Scenario,
  type ScenarioDocument,
  type VariantsResult,
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
import { hostKernel } from '../real/host-kernel.ts';
import { REAL_CATALOGUES } from '../real/messages.ts';
import { playOnLinux } from '../real/play-linux.ts';
import { renderQuiet, renderReport } from '../render/report.ts';
import type { Presentation } from '../render/report-parts.ts';
import { renderVariants, renderVariantsQuiet } from '../render/variants/report.ts';
import { costProfile } from '../scenario-file/cost-profile.ts';
import { loadScenario } from '../scenario-file/load.ts';
import { prepare } from '../scenario-file/prepare.ts';
import { inLang } from '../scenario-file/presentation.ts';
import { chooseVariant } from '../scenario-file/variants.ts';

/** The profile of this machine's kernel. */
const HOST = 'host';

const realWords = (m: Messages) => REAL_CATALOGUES[m.lang as keyof typeof REAL_CATALOGUES];

const parser = (m: Messages) =>
  options(
    {
      scenario: word('NAME|FILE', m.run.ofScenario),
      variant: value('--variant', 'NAME', m.run.ofVariant, m),
      pcap: value('--pcap', 'FILE', m.run.ofPcap, m),
      seed: value('--seed', 'N', m.run.ofSeed, m),
      set: multiple(given('--set', 'HOST:SYSCTL=VALUE', m.run.ofSet, m)),
      kernel: value('--kernel', 'PROFILE', m.run.ofKernel([...PROFILE_NAMES, HOST].join(' ')), m),
      hz: value('--hz', '100|250|300|1000', m.run.ofHz, m),
      costs: value('--costs', 'FILE', m.run.ofCosts, m),
      on: value('--on', 'engine|linux', realWords(m).ofOn, m),
      quiet: flag('--quiet', m.run.ofQuiet, m),
      full: flag('--full', m.run.ofFull, m),
      ...commonOptions(m),
    },
    m,
    m.errors.missingScenario,
  );

interface Args {
  readonly scenario: string;
  readonly variant: string | undefined;
  readonly pcap: string | undefined;
  readonly seed: string | undefined;
  readonly set: readonly string[];
  readonly kernel: string | undefined;
  readonly hz: string | undefined;
  readonly costs: string | undefined;
  readonly on: string | undefined;
  readonly quiet: boolean;
  readonly full: boolean;
  readonly json: boolean;
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

/** Plays one scenario, or says why it could not. */
type Play = (scenario: Scenario) => Promise<RunResult | Outcome>;

/** `--on linux`: on the real kernel of this machine. */
function onLinux(args: Args, context: Context): Play | Outcome {
  const words = realWords(context.m);
  const used = [
    ['--pcap', args.pcap],
    ['--kernel', args.kernel],
    ['--hz', args.hz],
    ['--costs', args.costs],
  ].find(([, given]) => given !== undefined);
  if (used !== undefined)
    return wrong(words.notWithLinux(used[0] as string), context.m.errors.seeHelp('halfopen run'));
  return async (scenario) => {
    const played = await playOnLinux(scenario, context);
    return 'kind' in played ? played : played.result;
  };
}

function onEngine(args: Args, context: Context): Play | Outcome {
  const host = args.kernel === HOST ? hostKernel() : null;
  if (host !== null && 'kind' in host) return host;
  return async (scenario) => {
    const like = host === null ? scenario : likeHost(scenario, host);
    const world = createWorld(args.hz === undefined ? like : { ...like, timers: scenario.timers }, {
      record: true,
      capture: args.pcap !== undefined,
    });
    await watchProgress(world, scenario, context);
    const result = worldResult(world);
    const problem = args.pcap === undefined ? null : writeCapture(args.pcap, world, result, context);
    return problem ?? result;
  };
}

function show(result: RunResult, presentation: Presentation, args: Args, { io, m, paint }: Context): void {
  const options = { full: args.full, m, paint };
  if (args.json) io.stdout(`${JSON.stringify(result, null, 2)}\n`);
  else if (args.quiet) io.stdout(renderQuiet(result, options));
  else io.stdout(renderReport(result, presentation, options));
}

function showVariants(
  result: VariantsResult,
  presentation: Presentation,
  args: Args,
  { io, m, paint }: Context,
): void {
  const options = { full: args.full, m, paint };
  if (args.json) io.stdout(`${JSON.stringify(result, null, 2)}\n`);
  else if (args.quiet) io.stdout(renderVariantsQuiet(result, options));
  else io.stdout(renderVariants(result, presentation, options));
}

const verdictOf = ({ expectations }: Pick<RunResult, 'expectations'>): Outcome => ({
  kind: expectations.every((e) => e.ok) ? 'ok' : 'findings',
});

/** Each variant, one after the other; a capture has room for one. */
async function playVariants(
  document: ScenarioDocument,
  play: Play,
  args: Args,
  { m }: Context,
): Promise<VariantsResult | Outcome> {
  const { variants } = document;
  if (args.pcap !== undefined)
    return wrong(m.errors.oneVariant('--pcap'), m.errors.chooseVariant(variants[0]?.name ?? ''));
  const results: RunResult[] = [];
  for (const { scenario } of variants) {
    const played = await play(scenario);
    if ('kind' in played) return played;
    results.push(played);
  }
  return joinVariants(document, results);
}

async function execute(args: Args, context: Context): Promise<Outcome> {
  const { m } = context;
  const { on } = args;
  if (on !== undefined && on !== 'engine' && on !== 'linux')
    return wrong(realWords(m).badOn(on), m.errors.seeHelp('halfopen run'));
  const loaded = loadScenario(args.scenario, context.io, m);
  if (!loaded.ok) return loaded.outcome;
  const chosen = chooseVariant(loaded.value, args.variant, m);
  if ('kind' in chosen) return chosen;
  const kernel = args.kernel === HOST ? undefined : args.kernel;
  const costs = costProfile(args.costs, context.io, m);
  if (costs !== undefined && 'kind' in costs) return costs;
  const document = prepare({ ...args, kernel, costs, command: 'run' }, chosen, m);
  if ('kind' in document) return document;
  const play = (on === 'linux' ? onLinux : onEngine)(args, context);
  if ('kind' in play) return play;
  const presentation = inLang(chosen.presentation, context.lang);
  if (document.variants.length > 0) {
    const played = await playVariants(document, play, args, context);
    if ('kind' in played) return played;
    showVariants(played, presentation, args, context);
    return verdictOf(played);
  }
  const result = await play(document.scenario);
  if ('kind' in result) return result;
  show(result, presentation, args, context);
  return verdictOf(result);
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
