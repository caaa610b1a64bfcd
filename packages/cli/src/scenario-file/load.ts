// From what the user typed to a checked scenario: a name of the library or a file, parsed, read by the simulator and by
// us. Every mistake comes back with file, line and column.

import {
  formatPath,
  nearest,
  processNames,
  readDocument,
  type ScenarioDocument,
  ScenarioError,
  type ScenarioIssue,
  type ScenarioPath,
} from '@halfopen/simnet';
import { type Io, whyOf } from '../io.ts';
import type { Messages } from '../messages/index.ts';
import { type Outcome, type Problem, unable, wrong } from '../outcome.ts';
import { libraryFile, libraryNames } from './library.ts';
import { type FilePresentation, PRESENTATION_KEYS, readPresentation, withoutOurs } from './presentation.ts';
import { type Position, parseYaml, type YamlResult } from './yaml-document.ts';

export interface LoadedScenario extends ScenarioDocument {
  readonly presentation: FilePresentation;
  /** What the simulator read: the file as plain data, without our keys. */
  readonly document: unknown;
}

export type Loaded =
  | { readonly ok: true; readonly value: LoadedScenario }
  | { readonly ok: false; readonly outcome: Outcome };

const failed = (outcome: Outcome): Loaded => ({ ok: false, outcome });

const looksLikeFile = (word: string): boolean => /[/\\]|\.(?:ya?ml|json)$/i.test(word);

const at = (file: string, { line, column }: Position): string => `${file}:${line}:${column}`;

/** An issue of a document or of an option, as a problem in the user's language. */
export function problemOf(issue: ScenarioIssue, where: string | null, m: Messages): Problem {
  const path = issue.path.length === 0 ? '' : formatPath(issue.path);
  return { at: where, message: m.errors.expectedGot(path, issue.expected, issue.got), hint: issue.hint };
}

const isMapping = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Runs `read` and gives its issues instead of throwing them. */
function attempt<T>(issues: ScenarioIssue[], read: () => T): T | null {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    issues.push(...error.issues);
    return null;
  }
}

function ourKeysAt(path: ScenarioPath): readonly string[] {
  if (path.length === 1) return PRESENTATION_KEYS;
  return path.length === 3 && path[0] === 'variants' ? ['zh'] : [];
}

/** The simulator does not know our keys, so its lists of keys lack them. */
function withOurKeys(issue: ScenarioIssue): ScenarioIssue {
  const ours = ourKeysAt(issue.path);
  if (ours.length === 0 || !issue.expected.startsWith('one of the keys')) return issue;
  const near = nearest(String(issue.path[issue.path.length - 1]), ours);
  const hint = issue.hint ?? (near === null ? null : `did you mean ${near}?`);
  return { ...issue, expected: `${issue.expected}, ${ours.join(', ')}`, hint };
}

/** Whether what is wrong is the key itself, and not the value behind it. */
function isAboutKey({ path, expected, got }: ScenarioIssue): boolean {
  if (expected.startsWith('one of the keys') || expected.startsWith('the full name of')) return true;
  const [top, , part, key] = path;
  const word = /^"(.+)"$/.exec(got)?.[1];
  return top === 'variants' && part === 'set' && path.length === 4 && String(key).startsWith(word ?? '?');
}

/** Names in `follow` that no process of the scenario, or of a variant, has. */
function strangers({ scenario, variants }: ScenarioDocument, { follow }: FilePresentation): ScenarioIssue[] {
  const names = [...new Set([scenario, ...variants.map((v) => v.scenario)].flatMap(processNames))];
  const expected =
    names.length === 0 ? 'no name: there is no process' : `one of the processes ${names.join(', ')}`;
  return follow.flatMap((name, i) => {
    if (names.includes(name)) return [];
    const near = nearest(name, names);
    const hint = near === null ? null : `did you mean ${near}?`;
    return [{ path: ['follow', i], expected, got: JSON.stringify(name), hint }];
  });
}

function readParsed(file: string, yaml: YamlResult & { ok: true }, m: Messages): Loaded {
  const issues: ScenarioIssue[] = [];
  const document = withoutOurs(yaml.data);
  const read = attempt(issues, () => readDocument(document));
  for (const [i, issue] of issues.entries()) issues[i] = withOurKeys(issue);
  const presentation = attempt(issues, () => readPresentation(isMapping(yaml.data) ? yaml.data : {}));
  if (read !== null && presentation !== null) issues.push(...strangers(read, presentation));
  if (issues.length === 0 && read !== null && presentation !== null)
    return { ok: true, value: { ...read, presentation, document } };
  const problems = issues.map((issue) => {
    return { position: yaml.positionOf(issue.path, isAboutKey(issue)), issue };
  });
  problems.sort((a, b) => a.position.line - b.position.line || a.position.column - b.position.column);
  return failed({
    kind: 'wrong',
    problems: problems.map((p) => problemOf(p.issue, at(file, p.position), m)),
  });
}

/** Reads the text of a scenario file. `file` is the name that errors show. */
function readScenarioText(file: string, text: string, m: Messages): Loaded {
  const yaml = parseYaml(text);
  if (yaml.ok) return readParsed(file, yaml, m);
  const problems = yaml.problems.map((p) => ({
    at: at(file, p.position),
    message: m.errors.notYaml(p.message),
    hint: null,
  }));
  return failed({ kind: 'wrong', problems });
}

/** The scenario of that name in the library, or in that file. `command` is the one that was used, for hints. */
export function loadScenario(word: string, io: Io, m: Messages, command = 'run'): Loaded {
  const file = looksLikeFile(word) ? word : (libraryFile(word) ?? word);
  let text: string;
  try {
    text = io.readText(file);
  } catch (error) {
    if (!looksLikeFile(word)) return failed(unknown(word, m, command));
    const message = m.errors.cannotRead(word, whyOf(error));
    return failed(isMissing(error) ? wrong(message, m.errors.seeList) : unable(message));
  }
  return readScenarioText(libraryFile(word) === file ? `scenarios/${word}.yaml` : word, text, m);
}

/** A file that is not there is the user's mistake; one that we may not read is not. */
const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'ENOENT';

function unknown(word: string, m: Messages, command: string): Outcome {
  const near = nearest(word, libraryNames());
  const hint = near === null ? m.errors.seeList : m.errors.didYouMean(`halfopen ${command} ${near}`);
  return wrong(m.errors.unknownScenario(word), hint);
}
