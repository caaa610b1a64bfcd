// The part of a scenario file that is for readers and has no part in the run: the text in Chinese, which connections to
// draw, what to try next, which notes and incidents it belongs to. Everything in it may be left out.

import { describeValue, ScenarioError, type ScenarioIssue } from '@halfopen/simnet';
import type { Lang } from '../messages/index.ts';
import type { Presentation } from '../render/report-parts.ts';

/** Top-level keys of a scenario file that are ours and not the simulator's. */
export const PRESENTATION_KEYS = ['zh', 'show', 'follow', 'next', 'notes'] as const;

interface Next {
  readonly run: string;
  readonly why: Readonly<Record<Lang, string>>;
}

export interface FilePresentation {
  readonly title: Readonly<Record<Lang, string>>;
  readonly about: Readonly<Record<Lang, string>>;
  readonly show: readonly number[];
  /** Names of processes. */
  readonly follow: readonly string[];
  readonly next: readonly Next[];
  /** `N28`, `M5`, `S01`. */
  readonly notes: readonly string[];
  /** In the order of the file. */
  readonly variants: readonly VariantPresentation[];
}

interface VariantPresentation {
  readonly name: string;
  readonly title: Readonly<Record<Lang, string>>;
}

type Data = Readonly<Record<string, unknown>>;
type Path = readonly (string | number)[];

const isMapping = (value: unknown): value is Data =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Reads values and keeps what is wrong with them. */
class Reader {
  readonly issues: ScenarioIssue[] = [];

  refuse(path: Path, expected: string, value: unknown): void {
    this.issues.push({ path, expected, got: describeValue(value), hint: null });
  }

  mapping(value: unknown, path: Path, keys: readonly string[]): Data {
    if (!isMapping(value)) {
      this.refuse(path, `a mapping with ${keys.join(', ')}`, value);
      return {};
    }
    for (const key of Object.keys(value)) {
      if (!keys.includes(key)) this.refuse([...path, key], `one of the keys ${keys.join(', ')}`, key);
    }
    return value;
  }

  text(value: unknown, path: Path): string {
    if (typeof value === 'string') return value;
    this.refuse(path, 'text', value);
    return '';
  }

  list<T>(value: unknown, path: Path, what: string, read: (entry: unknown, path: Path) => T): T[] {
    if (value === undefined) return [];
    if (Array.isArray(value)) return value.map((entry: unknown, i) => read(entry, [...path, i]));
    this.refuse(path, what, value);
    return [];
  }

  connection(value: unknown, path: Path): number {
    if (typeof value === 'number' && Number.isInteger(value) && value >= 1) return value;
    this.refuse(path, 'the number of a connection, from 1', value);
    return 1;
  }

  note(value: unknown, path: Path): string {
    if (typeof value === 'string' && /^[NMS]\d{1,2}$/.test(value)) return value;
    this.refuse(path, 'a statement such as N28, a myth such as M5 or an incident such as S01', value);
    return '';
  }

  next(value: unknown, path: Path): Next {
    const issues = this.issues.length;
    const entry = this.mapping(value, path, ['run', 'why', 'zh']);
    if (this.issues.length > issues) return { run: '', why: { en: '', zh: '' } };
    const why = this.text(entry.why, [...path, 'why']);
    const zh = entry.zh === undefined ? why : this.text(entry.zh, [...path, 'zh']);
    return { run: this.text(entry.run, [...path, 'run']), why: { en: why, zh } };
  }
}

/** Of a variant only `zh` is ours; the simulator has checked the rest, or says what is wrong with it. */
function variant(r: Reader, value: unknown, path: Path): VariantPresentation {
  const { name, title, zh } = isMapping(value) ? value : {};
  const en = textOf(title);
  return { name: textOf(name), title: { en, zh: zh === undefined ? en : r.text(zh, [...path, 'zh']) } };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Reads our keys of a document. Throws ScenarioError. */
export function readPresentation(document: Data): FilePresentation {
  const r = new Reader();
  const zh = document.zh === undefined ? {} : r.mapping(document.zh, ['zh'], ['title', 'about']);
  const title = textOf(document.title);
  const about = textOf(document.about);
  const out: FilePresentation = {
    title: { en: title, zh: zh.title === undefined ? title : r.text(zh.title, ['zh', 'title']) },
    about: { en: about, zh: zh.about === undefined ? about : r.text(zh.about, ['zh', 'about']) },
    show: r.list(document.show, ['show'], 'a list of connection numbers', (v, p) => r.connection(v, p)),
    follow: r.list(document.follow, ['follow'], 'a list of processes', (v, p) => r.text(v, p)),
    next: r.list(document.next, ['next'], 'a list of commands', (v, p) => r.next(v, p)),
    notes: r.list(document.notes, ['notes'], 'a list such as [N28, S01]', (v, p) => r.note(v, p)),
    variants: (Array.isArray(document.variants) ? document.variants : []).map((v: unknown, i) =>
      variant(r, v, ['variants', i]),
    ),
  };
  if (r.issues.length > 0) throw new ScenarioError(r.issues);
  return out;
}

/** The keys of a document, and of its variants, without ours. */
export function withoutOurs(data: unknown): unknown {
  if (!isMapping(data)) return data;
  const ours: readonly string[] = PRESENTATION_KEYS;
  const kept = Object.fromEntries(Object.entries(data).filter(([key]) => !ours.includes(key)));
  if (!Array.isArray(kept.variants)) return kept;
  const variants = kept.variants.map((entry: unknown) => {
    if (!isMapping(entry)) return entry;
    const { zh: _, ...rest } = entry;
    return rest;
  });
  return { ...kept, variants };
}

export const inLang = (p: FilePresentation, lang: Lang): Presentation => ({
  title: p.title[lang],
  about: p.about[lang],
  show: p.show,
  follow: p.follow,
  next: p.next.map(({ run, why }) => ({ run, why: why[lang] })),
  variants: p.variants.map(({ name, title }) => ({ name, title: title[lang] })),
});
