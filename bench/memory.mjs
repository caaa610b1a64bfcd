// Memory, each in a process of its own: half-open connections, a million of which must fit into 150 MB together with the
// whole process while each SYN-ACK is sent again on schedule; and established pairs.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { rate } from './table.mjs';

/** Half-open record and timer in words of a slab (12), and an index of 4-byte words at most half full (8). */
const FLOOR_BYTES = 56;
const MB = 1e6;
const RSS_MAX_MB = 150;

/** @param {string} script @returns {Record<string, number>} */
function child(script) {
  const path = fileURLToPath(new URL(script, import.meta.url));
  const result = spawnSync(process.execPath, ['--expose-gc', path], { encoding: 'utf8' });
  if (result.status !== 0) throw new Error(`${script}: ${result.stderr}`);
  return JSON.parse(result.stdout);
}

export function memoryRows() {
  const held = child('held.mjs');
  const pairs = child('held-pairs.mjs');
  const { count = 0, arrayBytes = 0, heapBytes = 0, rssBytes = 0, peakBytes = 0, baseBytes = 0 } = held;
  const { resent = 0, onTime = 0, complete = 0, resendNs = 1 } = held;
  const each = arrayBytes + heapBytes;
  return [
    {
      what: 'bytes a half-open connection (arrays + heap)',
      value: (each / count).toFixed(1),
      floor: String(FLOOR_BYTES),
      ratio: (FLOOR_BYTES * count) / each,
      goal: '<= 64',
    },
    { what: '  by growth of RSS', value: (rssBytes / count).toFixed(1) },
    {
      what: '1,000,000 held: peak RSS of the process',
      value: `${(peakBytes / MB).toFixed(0)} MB (Node alone ${(baseBytes / MB).toFixed(0)} MB)`,
      goal: `< ${RSS_MAX_MB} MB`,
      failed: peakBytes >= RSS_MAX_MB * MB,
    },
    {
      what: '  SYN-ACKs sent again at 1, 3 and 7 s',
      value: `${resent} of ${3 * count}, ${onTime} on time`,
      goal: 'all',
      failed: resent !== 3 * count || onTime !== resent || complete !== count,
    },
    { what: '  SYN-ACKs sent again', value: rate(1e9 / resendNs) },
    {
      what: 'bytes an established pair, both ends',
      value: ((pairs.heapBytes ?? 0) / (pairs.count ?? 1)).toFixed(0),
      goal: '<= 1,500',
    },
  ];
}
