// `halfopen explain [TERM]`: what a name or a log line of the kernel means, when it moves, and what it is mistaken for.

import { multiple } from '@optique/core/modifiers';
import { commonOptions, helpLines, options, parseArgs, word } from '../args.ts';
import { describeClaim } from '../claims/describe.ts';
import { claimNamed } from '../claims/index.ts';
import type { Command, Context } from '../command.ts';
import { describeTerm } from '../explain/describe.ts';
import { findTerms, nearTerms } from '../explain/find.ts';
import { GROUPS, TERMS } from '../explain/groups.ts';
import { EXPLAIN_CATALOGUES } from '../explain/messages.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, wrong } from '../outcome.ts';
import { renderClaim } from '../render/claim.ts';
import { renderGroups, renderTerm } from '../render/explain.ts';
import { clip } from '../render/text.ts';

/** Version of the JSON document. */
const SCHEMA_VERSION = 1;
/** Columns of an unknown term that an error repeats. */
const TERM_COLUMNS = 60;

const catalogue = (m: Messages) => EXPLAIN_CATALOGUES[m.lang as keyof typeof EXPLAIN_CATALOGUES];

const parser = (m: Messages) =>
  options({ term: multiple(word('TERM', catalogue(m).ofTerm)), ...commonOptions(m) }, m);

const json = (document: object): string =>
  `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, ...document }, null, 2)}\n`;

function list(asJson: boolean, { io, m, lang, paint }: Context): Outcome {
  const groups = GROUPS.map((group) => ({
    group,
    terms: TERMS.filter((term) => term.group === group).map((term) => term.name),
  }));
  io.stdout(asJson ? json({ groups }) : renderGroups({ m: catalogue(m), lang, paint }));
  return { kind: 'ok' };
}

function unknown(term: string, m: Messages): Outcome {
  const words = catalogue(m);
  const near = nearTerms(term);
  const hint = near.length === 0 ? words.seeList : words.nearest(near.join(', '));
  return wrong(words.unknown(clip(term.replace(/\s+/g, ' '), TERM_COLUMNS)), hint);
}

/** A statement of the notes or a myth, by its number. */
function tellClaim(id: string, query: string, asJson: boolean, { io, m, lang, paint }: Context): Outcome {
  const claim = describeClaim(id, io);
  io.stdout(asJson ? json({ query, claims: [claim] }) : renderClaim(claim, { m: catalogue(m), lang, paint }));
  return { kind: 'ok' };
}

function execute(query: string, asJson: boolean, context: Context): Outcome {
  const { io, m, lang, paint } = context;
  const claim = claimNamed(query);
  if (claim !== null) return tellClaim(claim, query, asJson, context);
  const found = findTerms(query);
  if (found.length === 0) return unknown(query, m);
  const terms = found.map((term) => describeTerm(term, io));
  if (asJson) io.stdout(json({ query, terms }));
  else io.stdout(terms.map((term) => renderTerm(term, { m: catalogue(m), lang, paint })).join('\n'));
  return { kind: 'ok' };
}

export const explain: Command = {
  name: 'explain',
  examples: ['halfopen explain ListenOverflows', 'halfopen explain N21'],
  summary: (m) => catalogue(m).summary,
  help: (m) => helpLines('explain', parser(m), m),
  run: async (argv, context) => {
    const args = parseArgs('explain', parser(context.m), argv, context.m);
    if (!args.ok) return args.outcome;
    const { term, json: asJson } = args.value;
    return term.length === 0 ? list(asJson, context) : execute(term.join(' '), asJson, context);
  },
};
