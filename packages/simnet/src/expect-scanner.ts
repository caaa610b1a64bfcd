// The words of an `expect` line with their columns, and the refusal that a parser ends with.

import { nearest } from './units.ts';

export interface Word {
  readonly text: string;
  /** 1-based. */
  readonly column: number;
  readonly quoted: boolean;
}

/** Thrown inside the parser, caught at its entry. */
export class Refusal extends Error {
  readonly column: number;
  readonly expected: string;
  readonly hint: string | null;

  constructor(column: number, expected: string, hint: string | null) {
    super(expected);
    this.column = column;
    this.expected = expected;
    this.hint = hint;
  }
}

/** Throws Refusal for a character that belongs to none. */
export function wordsOf(line: string): Word[] {
  const out: Word[] = [];
  for (const match of line.matchAll(/"([^"]*)"|(==|!=|<=|>=|[<>~])|([^\s"=!<>~]+)|(\S)/g)) {
    const column = match.index + 1;
    if (match[4] !== undefined)
      throw new Refusal(column, 'a word, a comparison or a text in double quotes', null);
    out.push({ text: match[1] ?? match[0], column, quoted: match[1] !== undefined });
  }
  return out;
}

/** The part of a readable line before its comparison; all of a line about the log, which has none. */
export function leftSide(line: string): string {
  const list = wordsOf(line);
  const ends = list.findIndex(({ text, quoted }, i) => {
    if (quoted) return false;
    return /^[=!<>~]/.test(text) || (text === 'at' && list[i - 1]?.text === 'syns');
  });
  const end = list[ends];
  return (end === undefined ? line : line.slice(0, end.column - 1)).trim();
}

export class ExpectScanner {
  /** The line ends before its comparison: it names a quantity. */
  readonly bare: boolean;
  private readonly list: readonly Word[];
  private readonly endColumn: number;
  private at = 0;

  constructor(line: string, bare = false) {
    this.bare = bare;
    this.list = wordsOf(line);
    this.endColumn = line.length + 1;
  }

  /** The next word, or null at the end. */
  peek(): Word | null {
    return this.list[this.at] ?? null;
  }

  /** The word after the next one. */
  next(): Word | null {
    return this.list[this.at + 1] ?? null;
  }

  skip(): void {
    this.at++;
  }

  get column(): number {
    return this.peek()?.column ?? this.endColumn;
  }

  refuse(expected: string, candidates: readonly string[] = []): never {
    const word = this.peek();
    const near = word === null || word.quoted ? null : nearest(word.text, candidates);
    throw new Refusal(this.column, expected, near === null ? null : `did you mean ${near}?`);
  }

  /** Takes the next word when it is this one. */
  takes(text: string): boolean {
    const word = this.peek();
    if (word === null || word.quoted || word.text !== text) return false;
    this.at++;
    return true;
  }

  /** Takes one of these words, or null. */
  takeOf<T extends string>(texts: readonly T[]): T | null {
    return texts.find((text) => this.takes(text)) ?? null;
  }

  needs(text: string): void {
    if (!this.takes(text)) this.refuse(`'${text}'`, [text]);
  }

  /** Takes the next word if `read` makes something of it; refuses otherwise. */
  take<T>(expected: string, read: (text: string) => T | null, candidates: readonly string[] = []): T {
    const word = this.peek();
    const value = word === null || word.quoted ? null : read(word.text);
    if (value === null) return this.refuse(expected, candidates);
    this.at++;
    return value;
  }

  /** Takes a text in double quotes, or null. */
  takeQuoted(): string | null {
    const word = this.peek();
    if (word?.quoted !== true) return null;
    this.at++;
    return word.text;
  }

  finish(): void {
    if (this.peek() !== null) this.refuse('the end of the line');
  }
}
