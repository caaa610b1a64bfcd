// Which scenarios of the library show a term: those whose expectations, settings or proposals name it, then those in
// which its counter moves (moved.ts, written from runs).

import type { Io } from '../io.ts';
import { libraryFile, libraryNames } from '../scenario-file/library.ts';
import { parseYaml } from '../scenario-file/yaml-document.ts';
import type { Term } from './groups.ts';
import { MOVED, NOT_COUNTED, NOT_READ } from './moved.ts';

/** Parts of a scenario that show something; titles and comments only talk about it. */
const PARTS = ['expect', 'hosts', 'processes', 'next'] as const;

const lines = (text: string): string[] => text.split('\n').filter((line) => line !== '');

const moved: ReadonlyMap<string, ReadonlySet<string>> = new Map(
  lines(MOVED).map((line) => {
    const at = line.indexOf('=');
    return [line.slice(0, at), new Set(line.slice(at + 1).split('|'))];
  }),
);
const unused: ReadonlySet<string> = new Set([...lines(NOT_COUNTED), ...lines(NOT_READ)]);

/** The engine never moves this counter, or never reads this sysctl. */
export const notModelled = ({ name }: Term): boolean => unused.has(name) || name === 'TCP_FASTOPEN';

function partsOf(name: string, io: Io): string {
  const file = libraryFile(name);
  if (file === null) return '';
  const yaml = parseYaml(io.readText(file));
  const data = yaml.ok ? (yaml.data as Readonly<Record<string, unknown>> | null) : null;
  return JSON.stringify(PARTS.map((part) => data?.[part] ?? null));
}

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Scenarios that show a term, those that name it first. */
export function scenariosOf(term: Term, io: Io): string[] {
  const word = new RegExp(`(?<![\\w.-])${escaped(term.name)}(?![\\w.-])`);
  const all = libraryNames();
  const naming = all.filter((name) => word.test(partsOf(name, io)));
  const moving = all.filter((name) => moved.get(name)?.has(term.name) === true && !naming.includes(name));
  return [...naming, ...moving];
}
