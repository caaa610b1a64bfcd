// A YAML (or JSON, which is YAML) document as plain data, with the line and column of every value kept for errors.

import { isMap, isNode, isPair, isScalar, isSeq, LineCounter, type Node, parseDocument } from 'yaml';

/** Bound on the text of one document: scenarios are written by hand. */
const TEXT_MAX = 4 * 1024 * 1024;
/** Bound on what aliases may blow a document up to. */
const ALIASES_MAX = 100;

export interface Position {
  readonly line: number;
  readonly column: number;
}

interface SyntaxProblem {
  readonly message: string;
  readonly position: Position;
}

export type YamlResult =
  | {
      readonly ok: true;
      readonly data: unknown;
      readonly positionOf: (path: DocumentPath, key?: boolean) => Position;
    }
  | { readonly ok: false; readonly problems: readonly SyntaxProblem[] };

type DocumentPath = readonly (string | number)[];

const START: Position = { line: 1, column: 1 };

const offsetOf = (node: unknown): number | null => (isNode(node) && node.range ? node.range[0] : null);

/** The value under one step of a path, and where its key stands. */
function step(node: unknown, part: string | number): { value: unknown; key: unknown } | null {
  if (isMap(node)) {
    const pair = node.items.find((p) => isPair(p) && isScalar(p.key) && String(p.key.value) === String(part));
    return pair === undefined ? null : { value: pair.value, key: pair.key };
  }
  if (isSeq(node) && typeof part === 'number') {
    const value = node.items[part];
    return value === undefined ? null : { value, key: value };
  }
  return null;
}

/** Offset of what a path leads to: its value or its key; the nearest thing above it when it is not there. */
function offsetAt(root: Node | null, path: DocumentPath, wantKey: boolean): number {
  let node: unknown = root;
  let offset = offsetOf(root) ?? 0;
  for (const [i, part] of path.entries()) {
    const found = step(node, part);
    if (found === null) break;
    const last = i === path.length - 1;
    offset = (last && wantKey ? null : offsetOf(found.value)) ?? offsetOf(found.key) ?? offset;
    node = found.value;
  }
  return offset;
}

function toPosition(counter: LineCounter, offset: number): Position {
  const { line, col } = counter.linePos(offset);
  return line === 0 ? START : { line, column: col };
}

const firstLine = (text: string): string => text.split('\n')[0] as string;

export function parseYaml(text: string): YamlResult {
  if (text.length > TEXT_MAX) {
    return { ok: false, problems: [{ message: `longer than ${TEXT_MAX} characters`, position: START }] };
  }
  const counter = new LineCounter();
  const document = parseDocument(text, { lineCounter: counter, prettyErrors: false });
  const bad = [...document.errors, ...document.warnings];
  if (bad.length > 0) {
    const problems = bad.map((e) => ({
      message: firstLine(e.message),
      position: toPosition(counter, e.pos[0]),
    }));
    return { ok: false, problems };
  }
  try {
    const data: unknown = document.toJS({ maxAliasCount: ALIASES_MAX });
    const root = document.contents;
    return {
      ok: true,
      data,
      positionOf: (path, key = false) => toPosition(counter, offsetAt(root, path, key)),
    };
  } catch (error) {
    const message = error instanceof Error ? firstLine(error.message) : String(error);
    return { ok: false, problems: [{ message, position: START }] };
  }
}
