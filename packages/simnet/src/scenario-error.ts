// What is wrong with a scenario: where, what was expected, what stood there.

export type ScenarioPath = readonly (string | number)[];

export interface ScenarioIssue {
  /** Keys and list indices from the top of the document. */
  readonly path: ScenarioPath;
  readonly expected: string;
  /** What stood there, shortened. */
  readonly got: string;
  /** `did you mean …?`, or null. */
  readonly hint: string | null;
}

/** `hosts.server.sysctls["net.core.somaxconn"]`; list indices as `faults[0]`. */
export function formatPath(path: ScenarioPath): string {
  if (path.length === 0) return 'the document';
  let text = '';
  for (const part of path) {
    if (typeof part === 'number') text += `[${part}]`;
    else if (/^[\w-]+$/.test(part)) text += text === '' ? part : `.${part}`;
    else text += text === '' ? part : `[${JSON.stringify(part)}]`;
  }
  return text;
}

/** `path: expected …, got … (did you mean …?)`. */
export function formatIssue(issue: ScenarioIssue): string {
  const hint = issue.hint === null ? '' : ` (${issue.hint})`;
  return `${formatPath(issue.path)}: expected ${issue.expected}, got ${issue.got}${hint}`;
}

export class ScenarioError extends Error {
  override readonly name = 'ScenarioError';
  /** At least one, in the order of the document. */
  readonly issues: readonly ScenarioIssue[];

  constructor(issues: readonly ScenarioIssue[]) {
    super(issues.map(formatIssue).join('\n'));
    this.issues = issues;
  }
}

const GOT_MAX = 60;

/** A value in a few words. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'nothing (null)';
  if (Array.isArray(value)) return value.length === 0 ? 'an empty list' : 'a list';
  if (typeof value === 'object') return 'a mapping';
  if (typeof value === 'string') {
    const text = JSON.stringify(value);
    return text.length > GOT_MAX ? `${text.slice(0, GOT_MAX)}…` : text;
  }
  return String(value);
}

/** Refuses a value. */
export function refuse(
  path: ScenarioPath,
  expected: string,
  value: unknown,
  hint: string | null = null,
): never {
  throw new ScenarioError([{ path, expected, got: describeValue(value), hint }]);
}
