import { expect, test } from 'vitest';
import { errnoOf, Host, must } from '../../test-kit/host.ts';

test('a process starts with fd 3 and gets the lowest free one', () => {
  const host = new Host();
  const fds = [host.socket(), host.socket(), host.socket(), host.socket()];
  expect(fds).toEqual([3, 4, 5, 6]);
  host.close(5);
  host.close(4);
  expect([host.socket(), host.socket(), host.socket()]).toEqual([4, 5, 7]);
});

test('EMFILE at RLIMIT_NOFILE', () => {
  const host = new Host({}, { nofile: 5 });
  expect([host.socket(), host.socket()]).toEqual([3, 4]);
  expect(errnoOf(host.kernel.socket(host.task, 'AF_INET'))).toBe('EMFILE');
});

test('the standard streams are no sockets, other numbers are not open', () => {
  const host = new Host();
  expect([0, 2, 3, -1, 99].map((fd) => host.listen(fd))).toEqual([
    'ENOTSOCK',
    'ENOTSOCK',
    'EBADF',
    'EBADF',
    'EBADF',
  ]);
});

test('TCP calls on a datagram socket', () => {
  const host = new Host();
  const fd = must(host.kernel.socket(host.task, 'AF_INET', 'SOCK_DGRAM'));
  expect(host.listen(fd)).toBe('EOPNOTSUPP');
  expect(host.accept(fd)).toBe('EOPNOTSUPP');
  expect(errnoOf(host.kernel.setsockopt(host.task, fd, 'TCP_NODELAY', 1))).toBe('ENOPROTOOPT');
  expect(host.close(fd)).toBe(0);
});

test('a process that ends closes its sockets', () => {
  const host = new Host();
  const { kernel } = host;
  host.pair();
  const other = kernel.createTask();
  expect(must(kernel.socket(other, 'AF_INET'))).toBe(3);
  kernel.endTask(host.task);
  expect(kernel.sockets().filter((row) => row.state === 'LISTEN' || row.state === 'ESTAB')).toEqual([]);
  expect(kernel.net.tasks.has(other)).toBe(true);
});
