// A cursor over one line of text, with the failure kept: where it was and what was expected there. A take
// function returns null when it refuses, so callers pass null upwards and nothing throws.

export interface Scanner {
  readonly text: string;
  at: number;
  failure: { readonly at: number; readonly expected: string } | null;
}

export const newScanner = (text: string): Scanner => ({ text, at: 0, failure: null });

/** Records what was expected at `at`; whoever gets the null ends the reading. */
export function refuse(scan: Scanner, expected: string, at = scan.at): null {
  scan.failure = { at, expected };
  return null;
}

export function skipSpace(scan: Scanner): void {
  while (scan.text[scan.at] === ' ' || scan.text[scan.at] === '\t') scan.at++;
}

/** The longest run of characters that `belongs` accepts, from the cursor; the cursor stays. */
function peekRun(scan: Scanner, belongs: (char: string) => boolean): string {
  let end = scan.at;
  while (end < scan.text.length && belongs(scan.text[end] as string)) end++;
  return scan.text.slice(scan.at, end);
}

const isWordChar = (char: string): boolean => /[A-Za-z0-9_]/.test(char);
const isDigit = (char: string): boolean => char >= '0' && char <= '9';

export const peekWord = (scan: Scanner): string => peekRun(scan, isWordChar);

/** Takes `word` when it is the next whole word. */
export function takeWord(scan: Scanner, word: string): boolean {
  if (peekWord(scan) !== word) return false;
  scan.at += word.length;
  return true;
}

/** Takes one exact character, or refuses. */
export function takeChar(scan: Scanner, char: string, expected = `'${char}'`): true | null {
  if (scan.text[scan.at] !== char) return refuse(scan, expected);
  scan.at++;
  return true;
}

/** A decimal number 0..max. `what` names it in the refusal. */
export function takeNumber(scan: Scanner, what: string, max: number): number | null {
  const digits = peekRun(scan, isDigit);
  const value = Number(digits);
  if (digits === '' || value > max) return refuse(scan, `${what} 0..${max}`);
  scan.at += digits.length;
  return value;
}

/** The text at the cursor's failure, for a message: the next few characters up to a space. */
export function foundAt(scan: Scanner, at: number): string {
  const rest = scan.text.slice(at, at + 20);
  const word = /^\S+/.exec(rest);
  if (at >= scan.text.length) return 'the end of the text';
  return word === null ? 'a space' : `'${word[0]}'`;
}
