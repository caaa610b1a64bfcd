import { describe, expect, it } from 'vitest';
import { HttpResponse } from './http-response.ts';

function read(text: string, step = text.length): { response: HttpResponse; body: string } {
  let body = '';
  const response = new HttpResponse((data) => {
    body += Buffer.from(data).toString();
  });
  const bytes = new TextEncoder().encode(text);
  for (let at = 0; at < bytes.length; at += step) response.receive(bytes.subarray(at, at + step));
  return { response, body };
}

describe('an HTTP answer', () => {
  it.each([1, 7, 1000])('is head and body, in pieces of %i bytes', (step) => {
    const { response, body } = read('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello', step);
    expect(body).toBe('hello');
    expect(response).toMatchObject({ status: 200, contentLength: 5, bodyBytes: 5, complete: true });
  });

  it('is incomplete when bytes are missing', () => {
    expect(read('HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nhello').response.complete).toBe(false);
    expect(read('HTTP/1.1 200 OK\r\nContent-Le').response).toMatchObject({ status: null, complete: false });
  });

  it('ends with the connection when it has no length', () => {
    expect(read('HTTP/1.0 404 Not Found\r\n\r\nno').response).toMatchObject({ status: 404, complete: true });
  });

  it('has no status when it is something else', () => {
    expect(read('SSH-2.0-x\r\n\r\nbinary').response).toMatchObject({ status: null, complete: false });
  });
});
