// `halfopen diff NAME|FILE`: one scenario, two kernels: the engine as this machine's kernel, and that kernel itself.

import {
  agrees,
  COMPARISON_SCHEMA_VERSION,
  type Comparison,
  compareRuns,
  type HostKernel,
  likeHost,
  overloadOf,
  PART_NAMES,
  paceOf,
  portRangesOf,
  spaced,
  steady,
} from '@halfopen/linux';
import { runScenario, type Scenario, type ScenarioDocument, type Variant } from '@halfopen/simnet';
import { multiple } from '@optique/core/modifiers';
import { commonOptions, given, helpLines, options, parseArgs, value, word } from '../args.ts';
import type { Command, Context } from '../command.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, unable } from '../outcome.ts';
import { hostKernel } from '../real/host-kernel.ts';
import { REAL_CATALOGUES } from '../real/messages.ts';
import { playOnLinux } from '../real/play-linux.ts';
import { renderComparison } from '../render/comparison.ts';
import { type LoadedScenario, loadScenario } from '../scenario-file/load.ts';
import { prepare } from '../scenario-file/prepare.ts';
import { chooseVariant } from '../scenario-file/variants.ts';

const catalogue = (m: Messages) => REAL_CATALOGUES[m.lang as keyof typeof REAL_CATALOGUES];

const parser = (m: Messages) =>
  options(
    {
      scenario: word('NAME|FILE', catalogue(m).ofScenario),
      variant: value('--variant', 'NAME', m.run.ofVariant, m),
      seed: value('--seed', 'N', m.run.ofSeed, m),
      set: multiple(given('--set', 'HOST:SYSCTL=VALUE', m.run.ofSet, m)),
      ...commonOptions(m),
    },
    m,
    m.errors.missingScenario,
  );

interface Args {
  readonly scenario: string;
  readonly variant: string | undefined;
  readonly seed: string | undefined;
  readonly set: readonly string[];
  readonly json: boolean;
}

/** Runs on the real kernel, in all. */
const RUNS_MAX = 3;

const openOf = (c: Comparison): number => PART_NAMES.reduce((n, name) => n + c[name].differences.length, 0);

/**
 * A run on the real kernel, and one of the engine that follows it in what is not the kernel's doing: where its timer wheels
 * stand, so that a timer which is rounded up is late by as much in both, how long processes take between two calls, and
 * when the wire hands packets over.
 */
async function compareOnce(
  scenario: Scenario,
  host: HostKernel,
  context: Context,
): Promise<Comparison | Outcome> {
  const real = await playOnLinux(scenario, context);
  if ('kind' in real) return real;
  const like = likeHost(scenario, host, real.bootedNs);
  const engine = await runScenario(like, { pace: paceOf(real.result) });
  return compareRuns(engine, real.result, host.hz, undefined, portRangesOf(like));
}

/**
 * Other work of the machine can delay a process past a packet that it would have answered. So a run that differs is made
 * again; what Linux does otherwise it does otherwise each time.
 */
async function compareOne(
  scenario: Scenario,
  host: HostKernel,
  context: Context,
): Promise<Comparison | Outcome> {
  const apart = spaced(scenario);
  const all: Comparison[] = [];
  for (;;) {
    const comparison = await compareOnce(apart, host, context);
    if ('kind' in comparison) return comparison;
    all.push(comparison);
    const together = steady(all as [Comparison, ...Comparison[]]);
    const open = openOf(together);
    if (open === 0 || all.length === RUNS_MAX) return together;
    context.io.stderr(`${catalogue(context.m).again(open)}\n`);
  }
}

interface Compared {
  readonly name: string;
  readonly title: string;
  readonly comparison: Comparison;
}

/** Each variant, one after the other. */
async function compareVariants(
  variants: readonly Variant[],
  host: HostKernel,
  context: Context,
): Promise<readonly Compared[] | Outcome> {
  const out: Compared[] = [];
  for (const { name, title, scenario } of variants) {
    const comparison = await compareOne(scenario, host, context);
    if ('kind' in comparison) return comparison;
    out.push({ name, title, comparison });
  }
  return out;
}

/** Comparisons that a file says to try next; without any, those of other scenarios that it says to run. */
function smallerOf(next: readonly string[]): string[] {
  const named = (command: string): string[] =>
    next.flatMap((line) => new RegExp(`^halfopen ${command} ([\\w-]+)$`).exec(line)?.[1] ?? []);
  const diffs = named('diff');
  return (diffs.length > 0 ? diffs : named('run')).map((name) => `halfopen diff ${name}`);
}

/** Refuses a scenario, or variant, whose load the links of a comparison cannot carry; names what its file says is smaller. */
function refuseLarge(
  { scenario, variants }: ScenarioDocument,
  { presentation }: LoadedScenario,
  m: Messages,
): Outcome | null {
  const all =
    variants.length === 0
      ? [{ name: scenario.name, scenario }]
      : variants.map((v) => ({ name: `${scenario.name} (${v.name})`, scenario: v.scenario }));
  for (const { name, scenario: one } of all) {
    const found = overloadOf(one);
    if (found === null) continue;
    const { workload, packets, carried } = found;
    const smaller = smallerOf(presentation.next.map(({ run }) => run));
    const hint = smaller.length === 0 ? null : catalogue(m).smaller(smaller.join(', '));
    return unable(catalogue(m).tooMuch(name, workload, packets, carried), hint);
  }
  return null;
}

async function execute(args: Args, context: Context): Promise<Outcome> {
  const { io, m, paint } = context;
  const loaded = loadScenario(args.scenario, io, m);
  if (!loaded.ok) return loaded.outcome;
  const chosen = chooseVariant(loaded.value, args.variant, m);
  if ('kind' in chosen) return chosen;
  const prepared = prepare({ ...args, kernel: undefined, hz: undefined, command: 'diff' }, chosen, m);
  if ('kind' in prepared) return prepared;
  const refused = refuseLarge(prepared, loaded.value, m);
  if (refused !== null) return refused;
  const host = hostKernel();
  if ('kind' in host) return host;
  const options = { m: catalogue(m), paint, hz: host.hz };
  if (prepared.variants.length > 0) {
    const all = await compareVariants(prepared.variants, host, context);
    if ('kind' in all) return all;
    const document = {
      schemaVersion: COMPARISON_SCHEMA_VERSION,
      scenario: prepared.scenario.name,
      variants: all,
    };
    const text = all.map((v) => renderComparison(v.comparison, { ...options, variant: v.name })).join('\n');
    io.stdout(args.json ? `${JSON.stringify(document, null, 2)}\n` : text);
    return { kind: all.every((v) => agrees(v.comparison)) ? 'ok' : 'findings' };
  }
  const comparison = await compareOne(prepared.scenario, host, context);
  if ('kind' in comparison) return comparison;
  const shown = args.json
    ? `${JSON.stringify(comparison, null, 2)}\n`
    : renderComparison(comparison, { ...options, variant: null });
  io.stdout(shown);
  return { kind: agrees(comparison) ? 'ok' : 'findings' };
}

export const diff: Command = {
  name: 'diff',
  examples: ['halfopen diff accept-queue-full'],
  summary: (m) => catalogue(m).summary,
  help: (m) => [...helpLines('diff', parser(m), m), '', ...catalogue(m).notes],
  run: async (argv, context) => {
    const args = parseArgs('diff', parser(context.m), argv, context.m);
    return args.ok ? execute(args.value, context) : args.outcome;
  },
};
