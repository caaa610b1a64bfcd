// `halfopen sweep NAME|FILE --vary KEY=a,b,c`: a grid of runs over threads, as a table or as JSON.

import { availableParallelism } from 'node:os';
import { multiple } from '@optique/core/modifiers';
import { commonOptions, given, helpLines, options, parseArgs, value, word } from '../args.ts';
import type { Command, Context } from '../command.ts';
import { Refusal } from '../live/refusal.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, unable, wrong } from '../outcome.ts';
import { renderSweep } from '../render/sweep.ts';
import { wrap } from '../render/text.ts';
import { loadScenario } from '../scenario-file/load.ts';
import { chooseVariant, theOne } from '../scenario-file/variants.ts';
import { SWEEP_CATALOGUES } from '../sweep/messages.ts';
import { type SweepArgs, sweepScenario } from '../sweep/sweep.ts';

const HELP_COLUMNS = 80;

const catalogue = (m: Messages) => SWEEP_CATALOGUES[m.lang as keyof typeof SWEEP_CATALOGUES];

function parser(m: Messages) {
  const s = catalogue(m);
  return options(
    {
      scenario: word('NAME|FILE', s.ofScenario),
      vary: multiple(given('--vary', 'KEY=VALUES', s.ofVary, m)),
      show: multiple(given('--show', 'METRIC', s.ofShow, m)),
      variant: value('--variant', 'NAME', m.run.ofVariant, m),
      seeds: value('--seeds', 'N', s.ofSeeds, m),
      jobs: value('--jobs', 'N', s.ofJobs, m),
      ...commonOptions(m),
    },
    m,
    m.errors.missingScenario,
  );
}

async function execute(args: SweepArgs, context: Context): Promise<Outcome> {
  const { io, m, lang, paint } = context;
  const s = catalogue(m);
  const loaded = loadScenario(args.scenario, io, m, 'sweep');
  if (!loaded.ok) return loaded.outcome;
  const chosen = chooseVariant(loaded.value, args.variant, m);
  if ('kind' in chosen) return chosen;
  const one = theOne(chosen, m);
  if ('kind' in one) return one;
  const swept = await sweepScenario(args, one, availableParallelism(), s, context);
  if (swept.kind === 'wrong') return { kind: 'wrong', problems: swept.problems };
  if (swept.kind === 'broken') return unable(s.runFailed(swept.where, swept.why));
  const title = one.presentation.title[lang];
  const shown = args.json
    ? `${JSON.stringify(swept.data, null, 2)}\n`
    : renderSweep(swept.data, { title, foldSame: args.show.length === 0, s, paint });
  io.stdout(shown);
  return { kind: 'ok' };
}

export const sweep: Command = {
  name: 'sweep',
  examples: ['halfopen sweep accept-queue-full --vary server:net.core.somaxconn=1,4,8,16,128'],
  summary: (m) => catalogue(m).summary,
  help: (m) => [
    ...helpLines('sweep', parser(m), m),
    '',
    ...catalogue(m).notes.flatMap((note) => wrap(note, HELP_COLUMNS, '  ')),
  ],
  run: async (argv, context) => {
    const args = parseArgs('sweep', parser(context.m), argv, context.m);
    if (!args.ok) return args.outcome;
    try {
      return await execute(args.value, context);
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      const { outcome } = error;
      if (outcome.kind !== 'wrong' || outcome.problems[0]?.hint != null) return outcome;
      return wrong(error.message, context.m.errors.seeHelp('halfopen sweep'));
    }
  },
};
