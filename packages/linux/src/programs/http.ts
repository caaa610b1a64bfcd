// A web server of two pages: `/`, a line of text, and `/bytes/N`, N bytes of the pattern. Enough HTTP/1.1 (RFC 9110,
// 9112) for curl, ab, wrk and browsers: GET, HEAD, keep-alive, pipelining, Connection: close, errors with a status.
// Left out: request bodies (read and dropped), ranges, compression, chunked coding, dates.

import { type Conversation, OutputQueue } from './conversation.ts';
import { type HttpRequest, parseHead } from './http-request.ts';
import { patternBytes } from './pattern.ts';

/** Largest N of `/bytes/N`. */
export const BYTES_MAX = 2 ** 31;
/** Bytes of a large page made at a time. */
const PIECE = 65_536;

const REASONS = new Map([
  [200, 'OK'],
  [400, 'Bad Request'],
  [404, 'Not Found'],
  [405, 'Method Not Allowed'],
  [431, 'Request Header Fields Too Large'],
  [501, 'Not Implemented'],
  [505, 'HTTP Version Not Supported'],
]);

const text = (s: string): Uint8Array => new TextEncoder().encode(s);

/** One answered request, as the log shows it. */
export interface HttpAnswer {
  readonly method: string;
  readonly target: string;
  readonly status: number;
  /** Bytes of the body. */
  readonly length: number;
}

export interface HttpOptions {
  /** What `/` says. */
  readonly page: string;
  readonly onAnswer?: (answer: HttpAnswer) => void;
}

type Page = {
  readonly status: number;
  readonly type: string;
  readonly length: number;
  readonly body: Uint8Array | 'pattern';
};

export class HttpConversation implements Conversation {
  finished = false;
  private readonly options: HttpOptions;
  private readonly queue = new OutputQueue();
  private input: Uint8Array = new Uint8Array(0);
  /** Bytes of request body still to be dropped. */
  private skip = 0;
  /** The part of a pattern page that is not yet made. */
  private patternAt = 0;
  private patternEnd = 0;

  constructor(options: HttpOptions) {
    this.options = options;
  }

  receive(data: Uint8Array): void {
    if (data.length === 0) {
      this.finished = true;
      return;
    }
    this.input = this.input.length === 0 ? data : concat(this.input, data);
    this.work();
  }

  output(): Uint8Array | null {
    if (this.queue.empty && this.patternAt < this.patternEnd) {
      const length = Math.min(PIECE, this.patternEnd - this.patternAt);
      this.queue.push(patternBytes(this.patternAt, length));
      this.patternAt += length;
    }
    return this.queue.first();
  }

  sent(count: number): void {
    this.queue.take(count);
    if (this.output() === null) this.work();
  }

  /** Answers requests, one at a time and in order, while there are whole heads. */
  private work(): void {
    while (this.queue.empty && !this.finished && this.input.length > 0) {
      if (this.skip > 0) {
        const dropped = Math.min(this.skip, this.input.length);
        this.input = this.input.subarray(dropped);
        this.skip -= dropped;
        continue;
      }
      const head = parseHead(this.input);
      if (head.kind === 'incomplete') return;
      if (head.kind === 'bad') {
        this.answer(
          { method: '-', target: '-', keepAlive: false, minor: 1, bodyLength: 0 },
          errorPage(head.status),
        );
        return;
      }
      this.input = this.input.subarray(head.length);
      this.skip = head.request.bodyLength;
      this.answer(head.request, this.pageFor(head.request));
    }
  }

  private pageFor({ method, target }: HttpRequest): Page {
    if (method !== 'GET' && method !== 'HEAD') return errorPage(405);
    const path = pathOf(target);
    if (path === '/') return textPage(200, this.options.page);
    const count = Number(/^\/bytes\/(\d{1,10})$/.exec(path)?.[1] ?? Number.NaN);
    if (!(count <= BYTES_MAX)) return errorPage(404);
    return { status: 200, type: 'application/octet-stream', length: count, body: 'pattern' };
  }

  /**
   * Head and the start of the body go out in one piece: two small writes would make Nagle's algorithm hold the second
   * one back until the client's delayed ACK, 40 ms later.
   */
  private answer(request: HttpRequest, page: Page): void {
    const head = text(headOf(request, page));
    const empty = request.method === 'HEAD';
    if (empty || page.body === 'pattern') {
      this.patternEnd = empty ? 0 : page.length;
      this.patternAt = Math.min(PIECE, this.patternEnd);
      this.queue.push(concat(head, patternBytes(0, this.patternAt)));
    } else {
      this.queue.push(concat(head, page.body));
    }
    if (!request.keepAlive) this.finished = true;
    this.options.onAnswer?.({
      method: request.method,
      target: request.target,
      status: page.status,
      length: page.length,
    });
  }
}

/** The path of an origin-form or absolute-form target, without the query. */
function pathOf(target: string): string {
  const path = /^https?:\/\/[^/]*(.*)$/i.exec(target)?.[1] ?? target;
  return path.split('?', 1)[0] || '/';
}

const textPage = (status: number, body: string): Page => {
  const bytes = text(body);
  return { status, type: 'text/plain; charset=utf-8', length: bytes.length, body: bytes };
};

const errorPage = (status: number): Page => textPage(status, `${status} ${REASONS.get(status)}\n`);

function headOf({ keepAlive, minor }: HttpRequest, { status, type, length }: Page): string {
  const lines = [
    `HTTP/1.1 ${status} ${REASONS.get(status)}`,
    'Server: halfopen',
    `Content-Type: ${type}`,
    `Content-Length: ${length}`,
  ];
  if (status === 405) lines.push('Allow: GET, HEAD');
  if (!keepAlive) lines.push('Connection: close');
  else if (minor === 0) lines.push('Connection: keep-alive');
  return `${lines.join('\r\n')}\r\n\r\n`;
}

function concat(a: Uint8Array, b: Uint8Array): Uint8Array {
  const out = new Uint8Array(a.length + b.length);
  out.set(a);
  out.set(b, a.length);
  return out;
}
