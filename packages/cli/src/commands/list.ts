// `halfopen list`: the scenarios of the library, each with one line and the notes and incidents that it shows.

import { commonOptions, helpLines, options, parseArgs } from '../args.ts';
import type { Command, Context } from '../command.ts';
import type { Messages } from '../messages/index.ts';
import type { Outcome } from '../outcome.ts';
import { table } from '../render/table.ts';
import { padEnd, width, wrap } from '../render/text.ts';
import { libraryNames } from '../scenario-file/library.ts';
import { loadScenario } from '../scenario-file/load.ts';
import type { FilePresentation } from '../scenario-file/presentation.ts';

const COLUMNS = 80;
/** Version of the JSON document. */
const SCHEMA_VERSION = 1;

const parser = (m: Messages) => options(commonOptions(m), m);

interface Entry {
  readonly name: string;
  readonly presentation: FilePresentation;
}

/** Every scenario, or why one of them could not be read. */
function entries(context: Context): Entry[] | Outcome {
  const out: Entry[] = [];
  for (const name of libraryNames()) {
    const loaded = loadScenario(name, context.io, context.m);
    if (!loaded.ok) return loaded.outcome;
    out.push({ name, presentation: loaded.value.presentation });
  }
  return out;
}

function render(all: readonly Entry[], { lang, m, paint }: Context): string {
  const names = Math.max(...all.map((e) => width(e.name)), width(m.list.name)) + 2;
  const [head] = table([{ head: padEnd(m.list.name, names - 2) }, { head: m.list.shows }], [], COLUMNS);
  const lines = all.flatMap(({ name, presentation: p }) => {
    const notes = p.notes.length === 0 ? '' : ` [${p.notes.join(' ')}]`;
    const variants =
      p.variants.length === 0 ? '' : ` (${m.list.variants(p.variants.map((v) => v.name).join(', '))})`;
    return wrap(`${p.title[lang]}${variants}${notes}`, COLUMNS - names).map(
      (part, i) => padEnd(i === 0 ? name : '', names) + part,
    );
  });
  return `${[paint.strong(head as string), ...lines, '', m.list.legend, m.list.explained, m.list.runOne].join('\n')}\n`;
}

function renderJson(all: readonly Entry[]): string {
  const scenarios = all.map(({ name, presentation: p }) => ({
    name,
    title: p.title.en,
    notes: p.notes,
    variants: p.variants.map((v) => v.name),
  }));
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, scenarios }, null, 2)}\n`;
}

export const list: Command = {
  name: 'list',
  examples: ['halfopen list'],
  summary: (m) => m.list.summary,
  help: (m) => helpLines('list', parser(m), m),
  run: async (argv, context) => {
    const args = parseArgs('list', parser(context.m), argv, context.m);
    if (!args.ok) return args.outcome;
    const all = entries(context);
    if (!Array.isArray(all)) return all;
    context.io.stdout(args.value.json ? renderJson(all) : render(all, context));
    return { kind: 'ok' };
  },
};
