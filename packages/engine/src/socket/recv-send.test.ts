import { describe, expect, test } from 'vitest';
import { errnoOf, Host, must, text } from '../../test-kit/host.ts';

const abort = (host: Host, fd: number): void => {
  must(host.kernel.setsockopt(host.task, fd, 'SO_LINGER', { on: true, seconds: 0 }));
  host.close(fd);
};

describe('recv()', () => {
  test('data comes before the reset, the reset once, then end of file', () => {
    const host = new Host();
    const { client, server } = host.pair();
    host.send(server, 'abc');
    abort(host, server);
    expect(host.poll(client)).toBe('IN,OUT,ERR,HUP,RDNORM,WRNORM,RDHUP');
    expect([host.recv(client, 2), host.recv(client, 2), host.recv(client), host.recv(client)]).toEqual([
      'ab',
      'c',
      '<ECONNRESET>',
      '',
    ]);
    expect(host.send(client, 'x')).toBe('EPIPE');
    expect(host.poll(client)).toBe('IN,OUT,HUP,RDNORM,WRNORM,RDHUP');
  });

  test('MSG_PEEK leaves the data, MSG_TRUNC throws it away', () => {
    const host = new Host();
    const { client, server } = host.pair();
    host.send(client, 'hello');
    expect(text(must(host.kernel.recv(host.task, server, 3, { peek: true })))).toBe('hel');
    expect(must(host.kernel.recv(host.task, server, 3, { trunc: true }))).toEqual(new Uint8Array(3));
    expect(host.recv(server)).toBe('lo');
    expect(host.recv(server)).toBe('<EAGAIN>');
  });

  test('SO_RCVLOWAT rules poll(), not a recv() that does not wait', () => {
    const host = new Host();
    const { client, server } = host.pair();
    must(host.kernel.setsockopt(host.task, server, 'SO_RCVLOWAT', 8));
    host.send(client, '12345');
    expect(host.poll(server)).toBe('OUT,WRNORM');
    host.send(client, '678');
    expect(host.poll(server)).toBe('IN,OUT,RDNORM,WRNORM');
    expect(host.recv(server)).toBe('12345678');
  });

  test('a FIN counts as one byte of Recv-Q until the byte before it is read', () => {
    const host = new Host();
    const { client, server } = host.pair();
    host.send(client, 'abc');
    host.close(client);
    const row = () => host.kernel.sockets().find((s) => s.state === 'CLOSE-WAIT');
    expect(row()).toMatchObject({ recvQ: 4, sendQ: 0 });
    expect(host.recv(server, 2)).toBe('ab');
    expect(row()).toMatchObject({ recvQ: 2 });
    expect(host.recv(server, 1)).toBe('c');
    expect(row()).toMatchObject({ recvQ: 0, sendQ: 0 });
    expect(host.recv(server)).toBe('');
  });

  test('a FIN alone is read with the end of file, not by a peek', () => {
    const host = new Host();
    const { client, server } = host.pair();
    host.close(client);
    const queued = () => host.kernel.sockets().find((s) => s.state === 'CLOSE-WAIT')?.recvQ;
    expect(must(host.kernel.recv(host.task, server, 9, { peek: true })).length).toBe(0);
    expect(queued()).toBe(1);
    expect(host.recv(server)).toBe('');
    expect(queued()).toBe(0);
  });
});

describe('send()', () => {
  test('after a reset: ECONNRESET once, then EPIPE', () => {
    const host = new Host();
    const { client, server } = host.pair();
    abort(host, server);
    expect([host.send(client, 'x'), host.send(client, 'x'), host.recv(client)]).toEqual([
      'ECONNRESET',
      'EPIPE',
      '',
    ]);
  });

  test('after the peer closed: taken once, then EPIPE', () => {
    const host = new Host();
    const { client, server } = host.pair();
    host.close(server);
    expect([host.state(client), host.send(client, 'x'), host.state(client)]).toEqual([
      'CLOSE-WAIT',
      1,
      'UNCONN',
    ]);
    expect([host.send(client, 'x'), host.recv(client)]).toEqual(['EPIPE', '']);
  });

  test('nothing to send is 0 on a connection', () => {
    const host = new Host();
    const { client } = host.pair();
    expect(host.send(client, '')).toBe(0);
  });

  test('EAGAIN when the buffers are full; POLLOUT comes back when the reader has read', () => {
    const host = new Host();
    const { client, server } = host.pair();
    must(host.kernel.setsockopt(host.task, client, 'SO_SNDBUF', 4096));
    const chunk = new Uint8Array(10_000);
    let sent = 0;
    for (;;) {
      const result = host.kernel.send(host.task, client, chunk);
      if (!result.ok) {
        expect(result.errno).toBe('EAGAIN');
        break;
      }
      sent += result.value;
    }
    expect([sent > 0, host.poll(client)]).toEqual([true, '-']);
    let read = 0;
    for (
      let data = host.kernel.recv(host.task, server, 1e6);
      data.ok;
      data = host.kernel.recv(host.task, server, 1e6)
    ) {
      read += data.value.length;
      host.kernel.advanceTo(host.kernel.now + 1e9);
    }
    expect([read, host.poll(client)]).toEqual([sent, 'OUT,WRNORM']);
  });
});

describe('close()', () => {
  test('everything read: FIN; unread data: RST', () => {
    const host = new Host();
    const a = host.pair(8000);
    host.close(a.client);
    expect(host.state(a.server)).toBe('CLOSE-WAIT');
    const b = host.pair(8001);
    host.send(b.server, 'unread');
    host.close(b.client);
    expect([host.state(b.server), host.recv(b.server)]).toEqual(['UNCONN', '<ECONNRESET>']);
    expect(host.kernel.counter('TcpExtTCPAbortOnClose')).toBe(1);
  });

  test('a descriptor can be closed once', () => {
    const host = new Host();
    const fd = host.socket();
    expect([host.close(fd), host.close(fd)]).toEqual([0, 'EBADF']);
    expect(host.kernel.net.socks.size).toBe(0);
  });

  test('both ends shut down: TIME-WAIT remains after the descriptors are gone', () => {
    const host = new Host();
    const { client, server, listener } = host.pair();
    host.close(client);
    host.close(server);
    host.close(listener);
    expect(host.kernel.sockets().map((row) => [row.state, row.timer?.kind])).toEqual([
      ['TIME-WAIT', 'timewait'],
    ]);
    expect(host.kernel.net.socks.size).toBe(0);
    expect(errnoOf(host.kernel.getsockname(host.task, client))).toBe('EBADF');
  });
});
