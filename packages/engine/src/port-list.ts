// Lists of ports as net.ipv4.ip_local_reserved_ports is written and shown: `1000-1010,8080`.

function parsePiece(piece: string): [number, number] | null {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(piece);
  if (match === null) return null;
  const first = Number(match[1]);
  const last = match[2] === undefined ? first : Number(match[2]);
  return first > last || last > 65535 ? null : [first, last];
}

/**
 * Reads a list such as `1000-1010,8080` into sorted, merged pairs; null when it is malformed. An empty text is an empty
 * list. @kernel proc_do_large_bitmap kernel/sysctl.c v6.18
 */
export function parsePortList(text: string): number[] | null {
  const pairs: [number, number][] = [];
  for (const piece of text.trim().split(',')) {
    if (piece === '') continue;
    const pair = parsePiece(piece);
    if (pair === null) return null;
    pairs.push(pair);
  }
  pairs.sort((a, b) => a[0] - b[0]);
  const out: number[] = [];
  for (const [first, last] of pairs) {
    const end = out.length - 1;
    if (end > 0 && first <= out[end]! + 1) out[end] = Math.max(out[end]!, last);
    else out.push(first, last);
  }
  return out;
}

/** The list as the sysctl shows it. */
export function formatPortList(pairs: readonly number[]): string {
  const pieces: string[] = [];
  for (let i = 0; i < pairs.length; i += 2) {
    const first = pairs[i]!;
    const last = pairs[i + 1]!;
    pieces.push(first === last ? `${first}` : `${first}-${last}`);
  }
  return pieces.join(',');
}
