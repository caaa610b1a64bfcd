// Reads the `variants` of a scenario document: each is the document with some values changed, so each is read as a whole
// document of its own, and what is wrong with it is reported where the variant says it.

import { isComparison } from './comparison.ts';
import { concerns, findPath, PATH_TOPS, type PathFault, type PathNames, withValue } from './document-path.ts';
import { FIRST_WORDS } from './expect-parse.ts';
import { attempt, entries, Fields, list, meant, type Reader, text } from './readers.ts';
import type { Scenario, Variant } from './scenario.ts';
import { refuse, ScenarioError, type ScenarioIssue, type ScenarioPath } from './scenario-error.ts';
import { sysctlName } from './sysctl-reader.ts';

/** More would not fit side by side. */
const VARIANTS_MAX = 12;
const NAME_MAX = 24;

type Document = Readonly<Record<string, unknown>>;

/** One entry of `set`: where it leads, and where it stands in the file. */
interface Edit {
  readonly at: ScenarioPath;
  readonly path: ScenarioPath;
  /** undefined takes the key away. */
  readonly value: unknown;
}

interface VariantSpec {
  readonly name: string;
  readonly title: string;
  readonly set: readonly Omit<Edit, 'path'>[];
  readonly expect: readonly unknown[];
  readonly path: ScenarioPath;
}

const variantName =
  (taken: readonly string[]): Reader<string> =>
  (value, path) => {
    const name = text(value, path);
    if (!/^[a-z0-9][a-z0-9.-]*$/.test(name) || name.length > NAME_MAX)
      return refuse(
        path,
        `a short name such as before (lower case, digits, . -, at most ${NAME_MAX})`,
        value,
      );
    if (taken.includes(name))
      return refuse(path, 'a name that no host and no kind of expectation has', value);
    return name;
  };

const settings = entries(
  (_, value, at) => ({ at, value: value === null ? undefined : value }),
  'a mapping of what changes to its value, such as { server:net.core.somaxconn: 128 }',
);

const spec =
  (taken: readonly string[]): Reader<VariantSpec> =>
  (value, path) => {
    const keys = ['name', 'title', 'set', 'expect'];
    const f = new Fields(value, path, keys, 'a variant such as { name: after, set: {…} }');
    return {
      name: f.get('name', variantName(taken)),
      title: f.or('title', text, ''),
      set: f.or('set', settings, []),
      expect: f.or(
        'expect',
        list((line) => line, 'a list of expectations'),
        [],
      ),
      path,
    };
  };

/** Names of the variants, whatever else is wrong with them. */
export function namesOfVariants(value: unknown): string[] {
  const all: readonly unknown[] = Array.isArray(value) ? value : [];
  return all.flatMap((entry) => {
    const name = (entry as { name?: unknown } | null)?.name;
    return typeof name === 'string' ? [name] : [];
  });
}

export const variantSpecs =
  (taken: readonly string[]): Reader<VariantSpec[]> =>
  (value, path) => {
    const all = list(spec(taken), 'a list of variants')(value, path);
    if (all.length < 2 || all.length > VARIANTS_MAX)
      return refuse(path, `two to ${VARIANTS_MAX} variants`, value);
    all.forEach(({ name }, i) => {
      if (all.findIndex((other) => other.name === name) < i)
        refuse([...path, i, 'name'], 'a name that no other variant has', name);
    });
    return all;
  };

function expectedBy(fault: PathFault): { expected: string; candidates: readonly string[] } {
  switch (fault.kind) {
    case 'top':
      return {
        expected: `HOST:SYSCTL, kernel, seed, or a path that begins with ${PATH_TOPS.join(', ')}`,
        candidates: [...PATH_TOPS, 'kernel', 'seed'],
      };
    case 'entry': {
      const numbers = fault.length === 0 ? 'none' : `0 to ${fault.length - 1}`;
      const names = fault.names.length === 0 ? '' : ` (${fault.names.join(', ')})`;
      return { expected: `an entry of ${fault.here}, ${numbers}${names}`, candidates: fault.names };
    }
    case 'host':
      return { expected: `one of the hosts ${fault.hosts.join(', ')}`, candidates: fault.hosts };
    case 'inside':
      return { expected: `the end of the path: ${fault.here} is a plain value`, candidates: [] };
    case 'empty':
      return { expected: 'a path without an empty part', candidates: [] };
  }
}

/** The paths that one key of `set` changes: all the same value, but for `kernel`, which also clears those of the hosts. */
function editsOf({ at, value }: Omit<Edit, 'path'>, document: Document, names: PathNames): Edit[] {
  const key = String(at[at.length - 1]);
  if (key === 'seed') return [{ at, path: ['seed'], value }];
  if (key === 'kernel') {
    const hosts = names.hosts.map((host) => ({ at, path: ['hosts', host, 'kernel'], value: undefined }));
    return [{ at, path: ['kernel'], value }, ...hosts];
  }
  const colon = key.indexOf(':');
  if (colon > 0) {
    const host = key.slice(0, colon);
    if (!names.hosts.includes(host))
      refuse(at, `one of the hosts ${names.hosts.join(', ')}`, host, meant(host, names.hosts));
    const sysctl = sysctlName(key.slice(colon + 1), at);
    return [{ at, path: ['hosts', host, 'sysctls', sysctl], value }];
  }
  const found = findPath(key, document, names);
  if (found.ok) return [{ at, path: found.path, value }];
  const { expected, candidates } = expectedBy(found.fault);
  return refuse(at, expected, key, 'part' in found.fault ? meant(found.fault.part, candidates) : null);
}

/** Two entries of `set` may not change the same thing: what came of it would depend on their order. */
function checkDisjoint(edits: readonly Edit[]): void {
  edits.forEach((edit, i) => {
    const other = edits.slice(0, i).find((e) => concerns(e, edit.path) || concerns(edit, e.path));
    if (other !== undefined && other.at !== edit.at)
      refuse(edit.at, 'something that no other key of this set changes', String(edit.at[edit.at.length - 1]));
  });
}

/** Where an issue of the changed document stands in the file. */
function placed(
  issue: ScenarioIssue,
  edits: readonly Edit[],
  common: number,
  at: ScenarioPath,
): ScenarioIssue {
  const [top, index] = issue.path;
  if (top === 'expect' && typeof index === 'number' && index >= common)
    return { ...issue, path: [...at, 'expect', index - common] };
  const edit = edits.find((e) => concerns(issue, e.path));
  if (edit !== undefined) return { ...issue, path: [...edit.at, ...issue.path.slice(edit.path.length)] };
  return {
    ...issue,
    path: at,
    expected: `with these changes, at ${issue.path.join('.')}: ${issue.expected}`,
  };
}

/** The scenario of one variant. Throws ScenarioError. */
function readVariant(
  { name, title, set, expect, path }: VariantSpec,
  base: Document,
  names: PathNames,
  read: (document: unknown) => Scenario,
): Variant {
  const issues: ScenarioIssue[] = [];
  const edits = set.flatMap((entry) => attempt(issues, () => editsOf(entry, base, names)) ?? []);
  attempt(issues, () => checkDisjoint(edits));
  if (issues.length > 0) throw new ScenarioError(issues);
  const changed = edits.reduce<unknown>((doc, edit) => withValue(doc, edit.path, edit.value), base);
  const common = Array.isArray(base.expect) ? base.expect : [];
  const document = { ...(changed as Document), expect: [...common, ...expect] };
  try {
    return { name, title, scenario: read(document), document };
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    throw new ScenarioError(error.issues.map((issue) => placed(issue, edits, common.length, path)));
  }
}

/**
 * The variants of a document whose own scenario is already read. `base` is the document without its `variants`. Throws
 * ScenarioError with all mistakes.
 */
export function readVariants(
  value: unknown,
  base: Document,
  scenario: Scenario,
  read: (document: unknown) => Scenario,
): Variant[] {
  const hosts = scenario.hosts.map((h) => h.name);
  const specs = variantSpecs([...hosts, ...FIRST_WORDS])(value, ['variants']);
  const names = {
    hosts,
    processes: scenario.processes.map((p) => p.name),
    workloads: scenario.workloads.map((w) => w.name),
  };
  const variantNames = specs.map((s) => s.name);
  const own = Array.isArray(base.expect) ? base.expect : [];
  const expect = own.filter((line) => typeof line !== 'string' || !isComparison(line, variantNames));
  const issues: ScenarioIssue[] = [];
  const out = specs.flatMap(
    (s) => attempt(issues, () => readVariant(s, { ...base, expect }, names, read)) ?? [],
  );
  if (issues.length > 0) throw new ScenarioError(issues);
  return out;
}
