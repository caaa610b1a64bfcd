import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEAD_MAX, parseHead } from './http-request.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const head = (text: string) => parseHead(bytes(text));

describe('a request head', () => {
  it('ends at the empty line', () => {
    const text = 'GET /x HTTP/1.1\r\nHost: a\r\n\r\n';
    expect(head(`${text}GET`)).toEqual({
      kind: 'head',
      length: text.length,
      request: { method: 'GET', target: '/x', keepAlive: true, minor: 1, bodyLength: 0 },
    });
  });

  it('is waited for until it is whole, wherever it is cut', () => {
    const text = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n';
    for (let cut = 0; cut < text.length; cut++) expect(head(text.slice(0, cut)).kind).toBe('incomplete');
  });

  it('keeps the connection as each version does by default', () => {
    const keepAlive = (text: string) => {
      const result = head(text);
      return result.kind === 'head' && result.request.keepAlive;
    };
    expect(keepAlive('GET / HTTP/1.1\r\n\r\n')).toBe(true);
    expect(keepAlive('GET / HTTP/1.1\r\nConnection: close\r\n\r\n')).toBe(false);
    expect(keepAlive('GET / HTTP/1.0\r\n\r\n')).toBe(false);
    expect(keepAlive('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n')).toBe(true);
    expect(keepAlive('GET / HTTP/1.1\r\nConnection: foo\r\nconnection: Close\r\n\r\n')).toBe(false);
  });

  it.each([
    ['GET /\r\n\r\n', 400],
    ['GET / HTTP/2.0\r\n\r\n', 505],
    ['GET  / HTTP/1.1\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nno colon\r\n\r\n', 400],
    ['GET / HTTP/1.1\r\nContent-Length: -1\r\n\r\n', 400],
    ['POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n', 501],
    [`GET / HTTP/1.1\r\nX: ${'x'.repeat(HEAD_MAX)}\r\n\r\n`, 431],
    ['x'.repeat(HEAD_MAX + 1), 431],
  ])('%#: is refused with a status', (text, status) => {
    expect(head(text)).toEqual({ kind: 'bad', status });
  });

  it('never throws, whatever comes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (data) => {
        expect(['head', 'incomplete', 'bad']).toContain(parseHead(data).kind);
      }),
    );
  });
});
