// From what somebody typed or pasted to terms: the exact name first, then the name without prefix and case, then an
// errno's number or message, a log line, and last any name that stands in the text.

import { ERRNO, type Errno } from '@halfopen/engine';
import { nearest } from '@halfopen/simnet';
import { ERRNO_ENTRIES } from './errnos.ts';
import { GROUPS, type Group, TERMS, type Term } from './groups.ts';
import { logLinesIn } from './log-lines.ts';

/** Bound on what is looked at: a pasted line, not a file. */
const TEXT_MAX = 2000;
/** Names that are proposed for an unknown one. */
const NEAR_MAX = 3;

/** Other names of a term. */
const ALIASES: Readonly<Record<string, string>> = {
  ESTABLISHED: 'ESTAB',
  CLOSE: 'UNCONN',
  CLOSED: 'UNCONN',
  NEW_SYN_RECV: 'SYN-RECV',
  SYN_RECEIVED: 'SYN-RECV',
  FIN_WAIT1: 'FIN-WAIT-1',
  FIN_WAIT2: 'FIN-WAIT-2',
  EWOULDBLOCK: 'EAGAIN',
  ENOTSUP: 'EOPNOTSUPP',
  TIMEOUT: 'ETIMEDOUT',
  // What strace prints of a call that a signal interrupted; programs never see them.
  ERESTARTSYS: 'EINTR',
  ERESTARTNOHAND: 'EINTR',
  ERESTART_RESTARTBLOCK: 'EINTR',
  SA_RESTART: 'EINTR',
  SIGPIPE: 'EPIPE',
  MSG_NOSIGNAL: 'EPIPE',
};

/** What may stand before a name, in the order in which it is taken away. */
const PREFIXES: Readonly<Record<Group, readonly RegExp[]>> = {
  sysctl: [/^net\.(?:core|ipv4|ipv6)\./, /^tcp_/, /^ip_/],
  counter: [/^TcpExt/, /^Tcp(?!Ext)/, /^TCP/, /^(?:Ip|Icmp)/],
  errno: [],
  state: [],
  column: [],
  option: [/^(?:SO|TCP|IP|IPV6)_/],
  log: [],
};

const bare = (text: string): string => text.toLowerCase().replace(/[^a-z0-9]/g, '');

/** Names of a term, the full one first, each shorter than the one before. */
function namesOf({ group, name }: Term): string[] {
  const out = [name];
  for (const prefix of PREFIXES[group]) {
    const last = out[out.length - 1] as string;
    const short = last.replace(prefix, '');
    if (short !== last && short !== '') out.push(short);
  }
  for (const [alias, of] of Object.entries(ALIASES)) if (of === name) out.push(alias);
  return out;
}

const INDEX = TERMS.map((term) => ({ term, names: namesOf(term) }));
const BARE = INDEX.map(({ term, names }) => ({ term, names: names.map(bare) }));
const BY_NAME: ReadonlyMap<string, Term> = new Map(TERMS.map((term) => [term.name, term]));

/** The term of that full name, which must exist. */
export const termNamed = (name: string): Term | null => BY_NAME.get(name) ?? null;

/** `/proc/sys/net/core/somaxconn`, `net.core.somaxconn = 128`, `node_netstat_TcpExt_ListenOverflows`: the name alone. */
const withoutDress = (text: string): string =>
  text
    .trim()
    .replace(/^["'`]+|["'`]+$/g, '')
    .replace(/^sysctl(?: -[a-z]+)* /, '')
    .replace(/^\/?proc\/sys\//, '')
    .replace(/^node_netstat_/, '')
    .replace(/\s*=.*$/s, '')
    .replace(/[:.,;]+$/, '');

/** Terms of that name. A name that fits in full goes before one that fits without its prefix. */
function byName(word: string): Term[] {
  const exact = INDEX.filter(({ names }) => names.includes(word));
  if (exact.length > 0) return best(exact, (names) => names.indexOf(word));
  const plain = bare(word);
  if (plain === '') return [];
  const loose = BARE.filter(({ names }) => names.includes(plain));
  return best(loose, (names) => names.indexOf(plain));
}

/** Those whose name lost least. */
function best(
  found: readonly { readonly term: Term; readonly names: readonly string[] }[],
  rank: (names: readonly string[]) => number,
): Term[] {
  const least = Math.min(...found.map(({ names }) => rank(names)));
  return found.filter(({ names }) => rank(names) === least).map(({ term }) => term);
}

const only = (name: string): Term[] => {
  const term = termNamed(name);
  return term === null ? [] : [term];
};

function byErrno(text: string): Term[] {
  const number = /^(?:errno[ =:]*)?-?(\d{1,3})$/i.exec(text)?.[1];
  const names = Object.keys(ERRNO) as Errno[];
  const found =
    names.find((name) => number !== undefined && ERRNO[name] === Number(number)) ??
    names
      .filter((name) => text.toLowerCase().includes(ERRNO_ENTRIES[name].says.toLowerCase()))
      .sort((a, b) => ERRNO_ENTRIES[b].says.length - ERRNO_ENTRIES[a].says.length)[0];
  return found === undefined ? [] : only(found);
}

/** Full names, counters without TcpExt and errnos that stand in a longer text. */
function byWords(text: string): Term[] {
  const words = new Set(text.split(/[^A-Za-z0-9_.-]+/).map(withoutDress));
  return TERMS.filter((term) =>
    namesOf(term)
      .slice(0, 2)
      .some((name) => words.has(name) && name.length > 4),
  );
}

/** The terms that a text means; none when it means nothing that we know. */
export function findTerms(text: string): readonly Term[] {
  const given = text.slice(0, TEXT_MAX).trim();
  const named = byName(withoutDress(given));
  if (named.length > 0) return named;
  const log = logLinesIn(given).flatMap(only);
  if (log.length > 0) return log;
  const errno = byErrno(given);
  return errno.length > 0 || !/\s/.test(given) ? errno : byWords(given);
}

/** Names close to one that is not known, the closest first. */
export function nearTerms(text: string): string[] {
  const word = withoutDress(text.slice(0, TEXT_MAX));
  const plain = bare(word);
  if (plain.length < 2) return [];
  const names = new Map(BARE.flatMap(({ term, names }) => names.map((name) => [name, term.name] as const)));
  const out: string[] = [];
  let left = [...names.keys()];
  while (out.length < NEAR_MAX) {
    const near = nearest(plain, left) ?? left.find((name) => plain.length > 3 && name.includes(plain));
    if (near === undefined) break;
    const term = names.get(near) as string;
    out.push(term);
    left = left.filter((name) => names.get(name) !== term);
  }
  return out;
}

/** How many terms each group has. */
export const groupCounts = (): { group: Group; count: number }[] =>
  GROUPS.map((group) => ({ group, count: TERMS.filter((term) => term.group === group).length }));
