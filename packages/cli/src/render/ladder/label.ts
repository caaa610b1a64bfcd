// The words on an arrow: flags, sequence numbers, window, options; as many of them as there is room for.

import type { SegmentRecord } from '@halfopen/simnet';
import type { Messages } from '../../messages/index.ts';
import { width } from '../text.ts';

const FLAG_WORDS: readonly (readonly [string, string])[] = [
  ['S', 'SYN'],
  ['F', 'FIN'],
  ['R', 'RST'],
  ['.', 'ACK'],
];

/** `SYN+ACK` for tcpdump's `S.`; PSH is left out, it decides nothing here. */
function flagWords(flags: string): string {
  const words = FLAG_WORDS.filter(([letter]) => flags.includes(letter)).map(([, word]) => word);
  return words.length === 0 ? 'none' : words.join('+');
}

function numbers(segment: SegmentRecord): string[] {
  const out: string[] = [];
  if (segment.length > 0) out.push(`seq ${segment.seq}:${segment.seq + segment.length}`);
  else if (/[SFR]/.test(segment.flags)) out.push(`seq ${segment.seq}`);
  if (segment.ack !== null && segment.flags.includes('.')) out.push(`ack ${segment.ack}`);
  return out;
}

/** Options from the packetdrill text, without padding. */
function options(text: string): string[] {
  const inside = /<([^>]*)>/.exec(text)?.[1] ?? '';
  return inside.split(',').filter((option) => option !== '' && option !== 'nop');
}

/** The label in at most `columns`; the kind of segment always stands. */
export function label(segment: SegmentRecord, resend: number, columns: number, m: Messages): string {
  const again = resend > 0 ? [m.ladder.resent(resend)] : [];
  const own = segment.injected ? [m.ladder.injected] : [];
  const rest = [...numbers(segment), `win ${segment.window}`, ...options(segment.text)];
  let out = [flagWords(segment.flags), ...again, ...own].join(' ');
  for (const part of rest) {
    if (width(out) + 1 + width(part) > columns) break;
    out += ` ${part}`;
  }
  return out;
}
