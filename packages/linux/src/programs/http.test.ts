import { describe, expect, it } from 'vitest';
import { BYTES_MAX, type HttpAnswer, HttpConversation } from './http.ts';
import { patternBytes } from './pattern.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Everything that the conversation sends in answer, in steps of at most `step` bytes. */
function drain(conversation: HttpConversation, step = 7777): Buffer {
  const parts: Uint8Array[] = [];
  for (let piece = conversation.output(); piece !== null; piece = conversation.output()) {
    const part = piece.subarray(0, step);
    parts.push(Uint8Array.from(part));
    conversation.sent(part.length);
  }
  return Buffer.concat(parts);
}

function ask(text: string): { head: string; body: Buffer; finished: boolean; answers: HttpAnswer[] } {
  const answers: HttpAnswer[] = [];
  const conversation = new HttpConversation({ page: 'hello\n', onAnswer: (a) => answers.push(a) });
  conversation.receive(bytes(text));
  const all = drain(conversation);
  const end = all.indexOf('\r\n\r\n');
  return {
    head: all.toString('latin1', 0, end),
    body: all.subarray(end + 4),
    finished: conversation.finished,
    answers,
  };
}

describe('the http program', () => {
  it('serves its page and keeps the connection', () => {
    const { head, body, finished, answers } = ask('GET / HTTP/1.1\r\nHost: a\r\n\r\n');
    expect(head).toBe(
      'HTTP/1.1 200 OK\r\nServer: halfopen\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 6',
    );
    expect(body.toString()).toBe('hello\n');
    expect(finished).toBe(false);
    expect(answers).toEqual([{ method: 'GET', target: '/', status: 200, length: 6 }]);
  });

  it('serves /bytes/N byte by byte of the pattern', () => {
    const { head, body } = ask('GET /bytes/1000003 HTTP/1.1\r\n\r\n');
    expect(head).toContain('Content-Length: 1000003');
    expect(body.equals(patternBytes(0, 1_000_003))).toBe(true);
  });

  it('answers HEAD with the length and no body', () => {
    const { head, body } = ask('HEAD /bytes/5 HTTP/1.1\r\n\r\n');
    expect(head).toContain('Content-Length: 5');
    expect(body.length).toBe(0);
  });

  it('tells a 1.0 client that it keeps the connection', () => {
    const { head, finished } = ask('GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n');
    expect(head).toContain('\r\nConnection: keep-alive');
    expect(finished).toBe(false);
  });

  it('ends the connection when it is asked to', () => {
    const { head, finished } = ask('GET / HTTP/1.1\r\nConnection: close\r\n\r\n');
    expect(head).toContain('\r\nConnection: close');
    expect(finished).toBe(true);
  });

  it.each([
    ['GET /none HTTP/1.1\r\n\r\n', 404],
    [`GET /bytes/${BYTES_MAX + 1} HTTP/1.1\r\n\r\n`, 404],
    ['GET /bytes/x HTTP/1.1\r\n\r\n', 404],
    ['POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc', 405],
    ['nonsense\r\n\r\n', 400],
  ])('%#: answers an error with its status', (text, status) => {
    expect(ask(text).head.split('\r\n')[0]).toContain(`HTTP/1.1 ${status} `);
  });

  it('answers pipelined requests in order and drops request bodies', () => {
    const { answers } = ask(
      'POST /a HTTP/1.1\r\nContent-Length: 4\r\n\r\nGET GET /?q HTTP/1.1\r\n\r\nGET /bytes/9 HTTP/1.1\r\n\r\n',
    );
    expect(answers.map((a) => `${a.method} ${a.target} ${a.status}`)).toEqual([
      'POST /a 405',
      'GET /?q 200',
      'GET /bytes/9 200',
    ]);
  });

  it('takes a request that comes byte by byte', () => {
    const conversation = new HttpConversation({ page: 'hello\n' });
    for (const byte of bytes('GET / HTTP/1.1\r\n\r\n')) conversation.receive(Uint8Array.of(byte));
    expect(drain(conversation, 1).toString()).toMatch(/hello\n$/);
  });
});

describe('the pattern', () => {
  it('is the same however it is cut', () => {
    const whole = patternBytes(0, 1000);
    for (const cut of [1, 2, 3, 4, 500, 999]) {
      expect(Buffer.concat([patternBytes(0, cut), patternBytes(cut, 1000 - cut)]).equals(whole)).toBe(true);
    }
  });
});
