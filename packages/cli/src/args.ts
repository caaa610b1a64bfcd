// Option parsers whose errors come from our catalogue, on top of @optique/core, and the help text of a command.

import { nearest } from '@halfopen/simnet';
import { object } from '@optique/core/constructs';
import { formatMessage, type Message, text } from '@optique/core/message';
import { optional } from '@optique/core/modifiers';
import { getDocPage, type InferValue, type Parser, parse } from '@optique/core/parser';
import { argument, option } from '@optique/core/primitives';
import { formatUsageTerm } from '@optique/core/usage';
import { string } from '@optique/core/valueparser';
import { LANGS, type Messages } from './messages/index.ts';
import { type Outcome, wrong } from './outcome.ts';
import { padEnd, width, wrap } from './render/text.ts';

type OptionName = `--${string}` | `-${string}`;

const said = (words: string): Message => [text(words)];

const errorsOf = (name: string, m: Messages) => ({
  duplicate: said(m.errors.twice(name)),
  endOfInput: said(m.errors.needsValue(name)),
});

/** `--name`: true when given. */
export const flag = (name: OptionName, help: string, m: Messages) =>
  option(name, { description: said(help), errors: errorsOf(name, m) });

/** `--name VALUE`, as text; undefined when not given. */
export const value = (name: OptionName, metavar: string, help: string, m: Messages) =>
  optional(given(name, metavar, help, m));

/** `--name VALUE`, for `multiple()`. */
export const given = (name: OptionName, metavar: string, help: string, m: Messages) =>
  option(name, string({ metavar: metavar as 'VALUE' }), {
    description: said(help),
    errors: errorsOf(name, m),
  });

/** A word without a dash. */
export const word = (metavar: string, help: string) =>
  argument(string({ metavar: metavar as 'VALUE' }), { description: said(help) });

/** What every command takes. */
export const commonOptions = (m: Messages) => ({
  lang: value('--lang', LANGS.join('|'), m.help.ofLang, m),
  color: value('--color', 'auto|always|never', m.help.ofColor, m),
  json: flag('--json', m.help.ofJson, m),
});

/** An object parser that says in our words what it does not know; `missing` when a word that it needs is not there. */
export const options = <T extends Record<string, Parser<'sync', unknown, unknown>>>(
  parsers: T,
  m: Messages,
  missing: string | null = null,
) =>
  object(parsers, {
    errors: {
      unexpectedInput: (token: string) =>
        said(token.startsWith('-') ? m.errors.unknownOption(token) : m.errors.unexpected(token)),
      ...(missing === null ? {} : { endOfInput: said(missing) }),
      // The nearest name becomes a hint of its own, in parseArgs().
      suggestions: () => [],
    },
  });

export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly outcome: Outcome };

type AnyParser = Parser<'sync', unknown, unknown>;

const entriesOf = (parser: AnyParser) =>
  (getDocPage(parser)?.sections ?? []).flatMap((section) => section.entries);

/** `--seed` for `--sed`: the nearest option to a word that is none. */
function meantOption(parser: AnyParser, argv: readonly string[]): string | null {
  const names = entriesOf(parser).flatMap(({ term }) => (term.type === 'option' ? [...term.names] : []));
  const strange = argv.find((arg) => arg.startsWith('--') && !names.includes(arg.split('=')[0] as never));
  return strange === undefined ? null : nearest(strange, names);
}

/** Parses the words behind a command's name. */
export function parseArgs<P extends AnyParser>(
  command: string,
  parser: P,
  argv: readonly string[],
  m: Messages,
): Parsed<InferValue<P>> {
  const result = parse(parser, argv);
  if (result.success) return { ok: true, value: result.value as InferValue<P> };
  const message = formatMessage(result.error, { colors: false, quotes: false });
  const meant = meantOption(parser, argv);
  const hint = meant === null ? m.errors.seeHelp(`halfopen ${command}`) : m.errors.didYouMean(meant);
  return { ok: false, outcome: wrong(message, hint) };
}

const HELP_COLUMNS = 80;

/** The lines of a `--help`: usage, then each word and option with what it does. */
export function helpLines(command: string, parser: AnyParser, m: Messages): string[] {
  const entries = entriesOf(parser);
  const terms = entries.map((entry) => formatUsageTerm(entry.term, { colors: false }));
  const words = entries.flatMap(({ term }, i) => (term.type === 'option' ? [] : [terms[i] as string]));
  const left = Math.min(26, Math.max(...terms.map(width)) + 2);
  const lines = entries.flatMap((entry, i) => {
    const help = formatMessage(entry.description ?? [], { colors: false, quotes: false });
    return hanging(terms[i] as string, help, left);
  });
  const usage = ['halfopen', command, `[${m.help.optionsWord}]`, ...words].join(' ');
  return [m.help.usage, `  ${usage}`, '', m.help.options, ...lines];
}

/** A term, and its explanation beside it, or below when the term is long. */
export function hanging(term: string, help: string, left: number): string[] {
  const parts = wrap(help, HELP_COLUMNS - 4 - left);
  const beside = width(term) < left;
  const first = beside ? `  ${padEnd(term, left)}  ${parts[0] ?? ''}` : `  ${term}`;
  const rest = (beside ? parts.slice(1) : parts).map((part) => `  ${' '.repeat(left)}  ${part}`);
  return [first.trimEnd(), ...rest];
}
