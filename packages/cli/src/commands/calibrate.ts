// `halfopen calibrate`: what calls, packets, switches and port probes cost on this machine, as a profile for the CPU model.

import { type Calibration, calibrate as measure } from '@halfopen/linux';
import { commonOptions, flag, helpLines, options, parseArgs, value } from '../args.ts';
import { CALIBRATE_CATALOGUES } from '../calibrate/messages.ts';
import { profileText } from '../calibrate/profile.ts';
import type { Command, Context } from '../command.ts';
import { whyOf } from '../io.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, unable } from '../outcome.ts';
import { progressLine } from '../progress.ts';
import { outcomeOf } from '../real/play-linux.ts';
import { renderCalibration } from '../render/calibration.ts';
import { wrap } from '../render/text.ts';

const HELP_COLUMNS = 80;

const catalogue = (m: Messages) => CALIBRATE_CATALOGUES[m.lang as keyof typeof CALIBRATE_CATALOGUES];

function parser(m: Messages) {
  const s = catalogue(m);
  return options(
    { out: value('--out', 'FILE', s.ofOut, m), ...commonOptions(m), json: flag('--json', s.ofJson, m) },
    m,
  );
}

async function measured({ io, m }: Context): Promise<Calibration | Outcome> {
  const line = progressLine(io);
  try {
    return await measure((step) => line.show(() => catalogue(m).progress(step)));
  } catch (error) {
    return outcomeOf(error);
  } finally {
    line.wipe();
  }
}

async function execute(
  out: string | undefined,
  asJson: boolean,
  context: Context,
  result: Calibration | Outcome,
): Promise<Outcome> {
  if ('kind' in result) return result;
  const { io, m, paint } = context;
  const s = catalogue(m);
  const text = profileText(result);
  if (out !== undefined) {
    try {
      io.writeBytes(out, new TextEncoder().encode(text));
    } catch (error) {
      return unable(s.cannotWrite(out, whyOf(error)));
    }
  }
  io.stdout(asJson ? text : renderCalibration(result, { file: out ?? null, s, paint }));
  return { kind: 'ok' };
}

export const calibrate: Command = {
  name: 'calibrate',
  examples: [],
  summary: (m) => catalogue(m).summary,
  help: (m) => [
    ...helpLines('calibrate', parser(m), m),
    '',
    ...catalogue(m).notes.flatMap((note) => wrap(note, HELP_COLUMNS)),
  ],
  run: async (argv, context) => {
    const args = parseArgs('calibrate', parser(context.m), argv, context.m);
    if (!args.ok) return args.outcome;
    return execute(args.value.out, args.value.json, context, await measured(context));
  },
};
