import { describe, expect, test } from 'vitest';
import { errnoOf, Host, must } from '../../test-kit/host.ts';
import { formatEndpoint } from '../addr.ts';

describe('order of checks', () => {
  test('EBADF, then EMFILE, then ENOTSOCK, then EINVAL, then EAGAIN', () => {
    const host = new Host({}, { nofile: 5 });
    const listener = host.listener(80);
    expect(host.accept(listener)).toBe('EAGAIN');
    const plain = host.socket();
    expect(host.accept(99)).toBe('EBADF');
    expect([host.accept(0), host.accept(plain), host.accept(listener)]).toEqual([
      'EMFILE',
      'EMFILE',
      'EMFILE',
    ]);
    must(host.kernel.close(host.task, plain));
    expect(host.accept(0)).toBe('ENOTSOCK');
    const other = new Host();
    expect(other.accept(other.socket())).toBe('EINVAL');
  });

  test('EMFILE leaves the connection in the queue', () => {
    const host = new Host({}, { nofile: 5 });
    const listener = host.listener(80);
    const client = host.socket();
    host.connect(client, '127.0.0.1', 80);
    expect(host.accept(listener)).toBe('EMFILE');
    expect(host.poll(listener)).toBe('IN,RDNORM');
    host.close(client);
    expect(host.accept(listener)).toBe(4);
  });
});

test('first completed, first accepted; the peer is the client', () => {
  const host = new Host();
  const listener = host.listener(80);
  const clients = [host.socket(), host.socket(), host.socket()];
  for (const fd of clients) host.connect(fd, '127.0.0.1', 80);
  const peers = clients.map(() => must(host.kernel.accept(host.task, listener)).peer);
  const names = clients.map((fd) => must(host.kernel.getsockname(host.task, fd)));
  expect(peers).toEqual(names);
  expect(host.accept(listener)).toBe('EAGAIN');
});

test('backlog n holds n + 1 connections', () => {
  const host = new Host();
  const listener = host.listener(80, 2);
  const clients = Array.from({ length: 5 }, () => host.socket());
  for (const fd of clients) host.connect(fd, '127.0.0.1', 80);
  expect(clients.map((fd) => host.state(fd))).toEqual(['ESTAB', 'ESTAB', 'ESTAB', 'SYN-SENT', 'SYN-SENT']);
  expect(host.kernel.sockets()[0]).toMatchObject({ recvQ: 3, sendQ: 2 });
  expect(must(host.kernel.getsockopt(host.task, listener, 'TCP_INFO'))).toMatchObject({
    unacked: 3,
    sacked: 2,
  });
});

test('O_NONBLOCK is not inherited, only asked for', () => {
  const host = new Host();
  const listener = host.listener(80);
  for (const nonblock of [false, true]) {
    host.connect(host.socket(), '127.0.0.1', 80);
    const { fd } = must(host.kernel.accept(host.task, listener, nonblock));
    expect(must(host.kernel.nonblocking(host.task, fd))).toBe(nonblock);
  }
});

test('a connection that was reset while it waited is accepted all the same', () => {
  const host = new Host();
  const listener = host.listener(80);
  const client = host.socket();
  host.connect(client, '127.0.0.1', 80);
  host.connect(client, '127.0.0.1', 80);
  host.send(client, 'abc');
  must(host.kernel.setsockopt(host.task, client, 'SO_LINGER', { on: true, seconds: 0 }));
  host.close(client);
  expect(host.kernel.sockets()[0]).toMatchObject({ state: 'LISTEN', recvQ: 1 });
  const { fd, peer } = must(host.kernel.accept(host.task, listener));
  expect(formatEndpoint(peer.address, peer.port)).toMatch(/^127\.0\.0\.1:\d+$/);
  expect(errnoOf(host.kernel.getpeername(host.task, fd))).toBe('ENOTCONN');
  expect([host.recv(fd), host.recv(fd), host.recv(fd)]).toEqual(['abc', '<ECONNRESET>', '']);
  expect(host.send(fd, 'x')).toBe('EPIPE');
});

test('a dual-stack listener shows IPv4 peers as v4-mapped', () => {
  const host = new Host();
  const listener = host.socket('AF_INET6');
  host.bind(listener, '::', 8001);
  host.listen(listener);
  host.connect(host.socket(), '127.0.0.1', 8001);
  const { fd, peer } = must(host.kernel.accept(host.task, listener));
  expect(peer.family).toBe('AF_INET6');
  expect(must(host.kernel.getsockname(host.task, fd)).family).toBe('AF_INET6');
  expect(must(host.kernel.getsockopt(host.task, fd, 'SO_DOMAIN'))).toBe(10);
  const rows = host.kernel.sockets().map((row) => `${row.state} ${row.local}`);
  expect(rows).toContain('LISTEN *:8001');
  expect(rows).toContain('ESTAB [::ffff:127.0.0.1]:8001');
});
