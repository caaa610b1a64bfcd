// Text measured as a terminal shows it: a Chinese character takes two columns. Ranges follow Unicode's East Asian Width
// (UAX #11), classes W and F, as far as our texts and scenario files may need them; ambiguous ones count as one.

const WIDE: readonly (readonly [number, number])[] = [
  [0x1100, 0x115f],
  [0x2e80, 0x303e],
  [0x3041, 0x33ff],
  [0x3400, 0x4dbf],
  [0x4e00, 0xa4cf],
  [0xac00, 0xd7a3],
  [0xf900, 0xfaff],
  [0xfe30, 0xfe6f],
  [0xff00, 0xff60],
  [0xffe0, 0xffe6],
  [0x1f300, 0x1faff],
  [0x20000, 0x3fffd],
];

const NO_WIDTH: readonly (readonly [number, number])[] = [
  [0x0300, 0x036f],
  [0x200b, 0x200f],
  [0xfe00, 0xfe0f],
];

/** Chinese closing marks that may not begin a line. */
const CLINGS_LEFT = new Set('，。、；：！？）》」』】%,.;:!?)');

/** Chinese opening marks that may not end a line. */
const CLINGS_RIGHT = new Set('（《「『【');

const within = (ranges: readonly (readonly [number, number])[], code: number): boolean =>
  ranges.some(([low, high]) => code >= low && code <= high);

function charWidth(char: string): number {
  const code = char.codePointAt(0) as number;
  if (code < 0x300) return 1;
  if (within(NO_WIDTH, code)) return 0;
  return within(WIDE, code) ? 2 : 1;
}

/** Columns that a text takes. Escape sequences must not be in it yet: colour is put on last. */
export function width(text: string): number {
  let sum = 0;
  for (const char of text) sum += charWidth(char);
  return sum;
}

export const padEnd = (text: string, columns: number, fill = ' '): string =>
  text + fill.repeat(Math.max(0, columns - width(text)));

export const padStart = (text: string, columns: number): string =>
  ' '.repeat(Math.max(0, columns - width(text))) + text;

/** Cut to `columns`, with `~` as its last character where something was taken away. */
export function clip(text: string, columns: number): string {
  if (width(text) <= columns) return text;
  let out = '';
  let sum = 0;
  for (const char of text) {
    const next = charWidth(char);
    if (sum + next > columns - 1) break;
    out += char;
    sum += next;
  }
  return columns > 0 ? `${out}~` : '';
}

/** Words as far as line breaking goes: a run without spaces, or one wide character with the marks that cling to it. */
function pieces(text: string): string[] {
  const out: string[] = [];
  let open = false;
  for (const char of text) {
    const wide = charWidth(char) === 2;
    const last = out.length - 1;
    if (char === ' ') out.push(' ');
    else if (CLINGS_LEFT.has(char) && last >= 0 && out[last] !== ' ') out[last] += char;
    else if (CLINGS_RIGHT.has(out[last] ?? '')) out[last] += char;
    else if (wide || !open) out.push(char);
    else out[last] += char;
    open = char !== ' ' && !wide;
  }
  return out;
}

/** Lines of at most `columns`, each after the first begun with `indent`; a word longer than a line is cut. */
export function wrap(text: string, columns: number, indent = ''): string[] {
  const lines: string[] = [];
  let line = '';
  for (const piece of pieces(text.trim())) {
    if (width(line) + width(piece) <= columns) {
      if (piece !== ' ' || line.trim() !== '') line += piece;
      continue;
    }
    if (line.trim() !== '') lines.push(line.trimEnd());
    line = piece === ' ' ? indent : indent + piece;
    while (width(line) > columns) {
      const head = clip(line, columns + 1).slice(0, -1);
      lines.push(head);
      line = indent + line.slice(head.length);
    }
  }
  if (line.trim() !== '') lines.push(line.trimEnd());
  return lines;
}
