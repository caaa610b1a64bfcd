// From the words of the command line to an exit code: which command, which language, which colour. The commands do the
// rest; problems are printed here, so that they look the same everywhere.

import { createRequire } from 'node:module';
import { nearest } from '@halfopen/simnet';
import { hanging } from './args.ts';
import type { Command, Context } from './command.ts';
import { COMMANDS } from './commands/index.ts';
import { type Io, whyOf } from './io.ts';
import { CATALOGUES, LANGS, type Lang, langOf, type Messages } from './messages/index.ts';
import { exitCodeOf, type Outcome, type Problem, unable, wrong } from './outcome.ts';
import { type ColorChoice, choosePaint, type Paint } from './render/paint.ts';
import { wrap } from './render/text.ts';

const COLORS: readonly ColorChoice[] = ['auto', 'always', 'never'];

/** The value of an option that must be known before anything is parsed; the last one given counts. */
function peek(argv: readonly string[], name: string): string | undefined {
  let found: string | undefined;
  argv.forEach((arg, i) => {
    if (arg === name) found = argv[i + 1];
    else if (arg.startsWith(`${name}=`)) found = arg.slice(name.length + 1);
  });
  return found;
}

const isOneOf = <T extends string>(words: readonly T[], word: string): word is T =>
  (words as readonly string[]).includes(word);

/** The choices behind --lang and --color, or what is wrong with them. */
function settings(
  argv: readonly string[],
  io: Io,
): { lang: Lang; color: ColorChoice; problem: Outcome | null } {
  const lang = peek(argv, '--lang');
  const color = peek(argv, '--color');
  const known = lang !== undefined && isOneOf(LANGS, lang) ? lang : langOf(io.env);
  const m = CATALOGUES[known];
  let problem: Outcome | null = null;
  if (lang !== undefined && !isOneOf(LANGS, lang)) {
    problem = wrong(m.errors.badChoice('--lang', lang, LANGS.join(', ')));
  } else if (color !== undefined && !isOneOf(COLORS, color)) {
    problem = wrong(m.errors.badChoice('--color', color, COLORS.join(', ')));
  }
  return { lang: known, color: color !== undefined && isOneOf(COLORS, color) ? color : 'auto', problem };
}

function generalHelp(m: Messages): string {
  const left = 8;
  const lines = [
    ...wrap(`halfopen: ${m.help.tagline}`, 80),
    '',
    m.help.examples,
    ...COMMANDS.flatMap((c) => c.examples)
      .slice(0, 3)
      .map((e) => `  ${e}`),
    '',
    m.help.commands,
    ...COMMANDS.flatMap((c) => hanging(c.name, c.summary(m), left)),
    '',
    ...wrap(m.help.more, 80),
    ...wrap(m.help.exitCodes, 80),
  ];
  return `${lines.join('\n')}\n`;
}

function commandHelp(command: Command, m: Messages): string {
  return `${[`halfopen ${command.name}: ${command.summary(m)}`, '', ...command.help(m)].join('\n')}\n`;
}

/** The version in package.json, which stands one folder above src and dist. */
function version(): string {
  const manifest: { version: string } = createRequire(import.meta.url)('../package.json');
  return manifest.version;
}

async function dispatch(argv: readonly string[], context: Context): Promise<Outcome> {
  const { io, m } = context;
  const at = argv.findIndex((arg, i) => !arg.startsWith('-') && !isOptionValue(argv, i));
  const name = argv[at];
  const beforeName = at < 0 ? argv : argv.slice(0, at);
  if (beforeName.includes('--version')) {
    io.stdout(`halfopen ${version()}\n`);
    return { kind: 'ok' };
  }
  if (name === undefined || name === 'help')
    return topLevel(argv, name === undefined ? undefined : argv[at + 1], context);
  const command = COMMANDS.find((c) => c.name === name);
  if (command === undefined) return unknownCommand(name, m);
  const rest = [...argv.slice(0, at), ...argv.slice(at + 1)];
  const ownWords = rest.includes('--') ? rest.slice(0, rest.indexOf('--')) : rest;
  if (ownWords.includes('--help') || ownWords.includes('-h')) {
    io.stdout(commandHelp(command, m));
    return { kind: 'ok' };
  }
  return command.run(rest, context);
}

/** The word behind `--lang` or `--color`, which may stand before the command. */
const isOptionValue = (argv: readonly string[], i: number): boolean =>
  i > 0 && (argv[i - 1] === '--lang' || argv[i - 1] === '--color');

/** No command: help. An option that help does not know is wrong use. */
function topLevel(argv: readonly string[], about: string | undefined, { io, m }: Context): Outcome {
  const command = COMMANDS.find((c) => c.name === about);
  if (about !== undefined && command === undefined) return unknownCommand(about, m);
  const strange = argv.find(
    (arg, i) =>
      arg.startsWith('-') && !/^(?:--help|-h|--(?:lang|color)(?:=.*)?)$/.test(arg) && !isOptionValue(argv, i),
  );
  if (strange !== undefined) return wrong(m.errors.unknownOption(strange), m.errors.seeHelp('halfopen'));
  io.stdout(command === undefined ? generalHelp(m) : commandHelp(command, m));
  return { kind: 'ok' };
}

function unknownCommand(name: string, m: Messages): Outcome {
  const near = nearest(
    name,
    COMMANDS.map((c) => c.name),
  );
  const hint = near === null ? m.errors.seeHelp('halfopen') : m.errors.didYouMean(`halfopen ${near}`);
  return wrong(m.errors.unknownCommand(name), hint);
}

function printProblem(problem: Problem, io: Io, m: Messages, paint: Paint): void {
  const where = problem.at === null ? 'halfopen' : problem.at;
  io.stderr(`${where}: ${paint.bad(`${m.errors.error}:`)} ${problem.message}\n`);
  if (problem.hint !== null) io.stderr(`  ${m.errors.hint(problem.hint)}\n`);
}

/** Runs one command line. Never throws: a bug of ours becomes an outcome too. */
export async function runCli(argv: readonly string[], io: Io): Promise<number> {
  const { lang, color, problem } = settings(argv, io);
  const m = CATALOGUES[lang];
  const context: Context = { io, lang, m, color, paint: choosePaint(color, io.env, io.stdoutIsTerminal) };
  let outcome: Outcome;
  try {
    outcome = problem ?? (await dispatch(argv, context));
  } catch (error) {
    outcome = unable(m.errors.internal(whyOf(error)), m.errors.reportIt);
    if (io.env.HALFOPEN_DEBUG !== undefined && error instanceof Error) io.stderr(`${error.stack}\n`);
  }
  if (outcome.kind === 'wrong' || outcome.kind === 'unable') {
    const paint = choosePaint(color, io.env, io.stderrIsTerminal);
    for (const p of outcome.problems) printProblem(p, io, m, paint);
  }
  return exitCodeOf(outcome);
}
