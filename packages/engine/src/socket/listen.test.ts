import { describe, expect, test } from 'vitest';
import { Host, must } from '../../test-kit/host.ts';
import { requestTableLog } from './listening.ts';

const backlogShown = (host: Host): number =>
  host.kernel.sockets().find((row) => row.state === 'LISTEN')?.sendQ ?? -1;

describe('backlog', () => {
  // Measured on 6.18 with somaxconn 4096.
  test.each([
    [0, 0],
    [1, 1],
    [5, 5],
    [4096, 4096],
    [5000, 4096],
    [-1, 4096],
    [-2147483648, 4096],
    [2147483647, 4096],
  ])('listen(%i) stores %i', (given, stored) => {
    const host = new Host();
    host.listener(80, given);
    expect(backlogShown(host)).toBe(stored);
  });

  test('a second listen() stores the new backlog and keeps the queue', () => {
    const host = new Host();
    const listener = host.listener(80, 10);
    for (let i = 0; i < 4; i++) host.connect(host.socket(), '127.0.0.1', 80);
    expect(host.listen(listener, 1)).toBe(0);
    expect(host.kernel.sockets()[0]).toMatchObject({ state: 'LISTEN', recvQ: 4, sendQ: 1 });
    const late = host.socket();
    host.connect(late, '127.0.0.1', 80);
    expect(host.state(late)).toBe('SYN-SENT');
    expect(host.kernel.counter('TcpExtListenOverflows')).toBe(1);
  });

  test('somaxconn is read by listen() only', () => {
    const host = new Host();
    const listener = host.listener(80, 100);
    host.kernel.setSysctl('net.core.somaxconn', 10);
    expect(backlogShown(host)).toBe(100);
    host.listen(listener, 100);
    expect(backlogShown(host)).toBe(10);
  });

  // Limits of kernels to 4.3, by listen() backlog.
  test.each([
    [0, 4],
    [15, 4],
    [16, 5],
    [31, 5],
    [128, 8],
    [255, 8],
    [511, 9],
    [1024, 11],
  ])('request table of backlog %i has 2^%i entries', (backlog, log) => {
    expect(requestTableLog(backlog, 2048)).toBe(log);
  });
});

describe('errno', () => {
  test('connecting or connected: EINVAL', () => {
    const host = new Host();
    const { client, server } = host.pair();
    expect([host.listen(client), host.listen(server)]).toEqual(['EINVAL', 'EINVAL']);
  });

  test('after a failed connect() that nobody asked about: EINVAL; afterwards it works', () => {
    const host = new Host();
    const fd = host.socket();
    expect(host.connect(fd, '127.0.0.1', 9)).toBe('EINPROGRESS');
    expect(host.listen(fd)).toBe('EINVAL');
    expect(host.connect(fd, '127.0.0.1', 9)).toBe('ECONNREFUSED');
    expect(host.listen(fd)).toBe(0);
  });

  test('two SO_REUSEADDR sockets may bind; the second listen() fails until the first one is gone', () => {
    const host = new Host();
    const [a, b] = [host.socket(), host.socket()];
    for (const fd of [a, b]) {
      must(host.kernel.setsockopt(host.task, fd, 'SO_REUSEADDR', 1));
      expect(host.bind(fd, '127.0.0.1', 80)).toBe(0);
    }
    expect(host.listen(a)).toBe(0);
    expect(host.listen(b)).toBe('EADDRINUSE');
    expect(host.state(b)).toBe('UNCONN');
    host.close(a);
    expect(host.listen(b)).toBe(0);
  });
});

test('an unbound socket gets a port on the wildcard', () => {
  const host = new Host();
  const fd = host.socket();
  expect(host.listen(fd)).toBe(0);
  const name = must(host.kernel.getsockname(host.task, fd));
  expect(name.port).toBeGreaterThanOrEqual(32768);
  expect(host.connect(host.socket(), '127.0.0.1', name.port)).toBe('EINPROGRESS');
  expect(host.poll(fd)).toBe('IN,RDNORM');
});
