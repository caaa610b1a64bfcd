// The head of an HTTP/1.x request (RFC 9112), as far as a server needs it that only answers GET and HEAD: request line,
// and the headers that decide about the body and the connection. Left out: bodies other than by Content-Length.

export interface HttpRequest {
  readonly method: string;
  /** As sent: `/bytes/10?x`. */
  readonly target: string;
  /** Whether the connection may serve another request after this one. */
  readonly keepAlive: boolean;
  /** 1.0 clients expect `Connection: keep-alive` in the answer. */
  readonly minor: 0 | 1;
  /** Bytes of body that follow the head. */
  readonly bodyLength: number;
}

/** What the bytes at hand are: a head of `length` bytes, not yet one, or nothing that can be answered but with `status`. */
export type HeadResult =
  | { readonly kind: 'head'; readonly length: number; readonly request: HttpRequest }
  | { readonly kind: 'incomplete' }
  | { readonly kind: 'bad'; readonly status: 400 | 431 | 501 | 505 };

/** Longest head that is read. */
export const HEAD_MAX = 16_384;

const CR = 13;
const LF = 10;

/** Offset behind the empty line that ends the head, or -1. Accepts bare LF as RFC 9112 section 2.2 allows. */
function headEnd(bytes: Uint8Array): number {
  for (let i = bytes.indexOf(LF); i >= 0; i = bytes.indexOf(LF, i + 1)) {
    const next = bytes[i + 1] === CR ? i + 2 : i + 1;
    if (bytes[next] === LF) return next + 1;
  }
  return -1;
}

function parseHeaders(lines: readonly string[]): Map<string, string> | null {
  const headers = new Map<string, string>();
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon <= 0 || /\s/.test(line.slice(0, colon))) return null;
    const name = line.slice(0, colon).toLowerCase();
    const value = line.slice(colon + 1).trim();
    const before = headers.get(name);
    headers.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return headers;
}

function wantsKeepAlive(minor: 0 | 1, connection: string): boolean {
  const tokens = connection
    .toLowerCase()
    .split(',')
    .map((t) => t.trim());
  if (tokens.includes('close')) return false;
  return minor === 1 || tokens.includes('keep-alive');
}

/** Reads the head at the start of `bytes`. Never throws. */
export function parseHead(bytes: Uint8Array): HeadResult {
  const end = headEnd(bytes);
  if (end < 0) return bytes.length > HEAD_MAX ? { kind: 'bad', status: 431 } : { kind: 'incomplete' };
  if (end > HEAD_MAX) return { kind: 'bad', status: 431 };
  const lines = new TextDecoder('latin1').decode(bytes.subarray(0, end)).split(/\r?\n/);
  const [, method, target, major, minorText] =
    /^([!-~]+) ([!-~]+) HTTP\/(\d)\.(\d)$/.exec(lines[0] ?? '') ?? [];
  if (method === undefined || target === undefined) return { kind: 'bad', status: 400 };
  if (major !== '1') return { kind: 'bad', status: 505 };
  const headers = parseHeaders(lines.slice(1).filter((line) => line !== ''));
  if (headers === null) return { kind: 'bad', status: 400 };
  if (headers.has('transfer-encoding')) return { kind: 'bad', status: 501 };
  const lengthText = headers.get('content-length') ?? '0';
  if (!/^\d{1,15}$/.test(lengthText)) return { kind: 'bad', status: 400 };
  const minor = minorText === '0' ? 0 : 1;
  const keepAlive = wantsKeepAlive(minor, headers.get('connection') ?? '');
  return {
    kind: 'head',
    length: end,
    request: { method, target, keepAlive, minor, bodyLength: Number(lengthText) },
  };
}
