import { describe, expect, test } from 'vitest';
import { at, errnoOf, Host, must } from '../../test-kit/host.ts';
import { formatAddr } from '../addr.ts';

const name = (host: Host, fd: number): string => {
  const { address, port } = must(host.kernel.getsockname(host.task, fd));
  return `${formatAddr(address)} ${port === 0 ? 'no port' : 'port'}`;
};

describe('addresses', () => {
  test.each([
    ['0.0.0.0', 0],
    ['127.0.0.1', 0],
    ['127.5.5.5', 0],
    ['224.0.0.1', 0],
    ['255.255.255.255', 0],
    ['9.9.9.9', 'EADDRNOTAVAIL'],
  ] as const)('AF_INET socket to %s: %s', (address, result) => {
    const host = new Host();
    const fd = host.socket();
    expect(host.bind(fd, address)).toBe(result);
    expect(name(host, fd)).toBe(result === 0 ? `${address} port` : '0.0.0.0 no port');
  });

  // Address, result, result with IPV6_V6ONLY set, IPV6_V6ONLY afterwards; measured on 6.18.
  test.each([
    ['::', 0, 0, 0],
    ['::1', 0, 0, 1],
    ['::ffff:127.0.0.1', 0, 'EINVAL', 0],
    ['::ffff:0.0.0.0', 0, 'EINVAL', 0],
    ['::ffff:224.0.0.1', 0, 'EINVAL', 0],
    ['::ffff:9.9.9.9', 'EADDRNOTAVAIL', 'EINVAL', 0],
    ['2001:db8::1', 'EADDRNOTAVAIL', 'EADDRNOTAVAIL', 0],
    ['ff02::1', 'EINVAL', 'EINVAL', 0],
    ['fe80::1', 'EINVAL', 'EINVAL', 0],
  ] as const)('AF_INET6 socket to %s: %s', (address, result, resultV6Only, v6Only) => {
    const host = new Host();
    const fd = host.socket('AF_INET6');
    expect(host.bind(fd, address)).toBe(result);
    expect(must(host.kernel.getsockopt(host.task, fd, 'IPV6_V6ONLY'))).toBe(v6Only);
    const only = host.socket('AF_INET6');
    must(host.kernel.setsockopt(host.task, only, 'IPV6_V6ONLY', 1));
    expect(host.bind(only, address)).toBe(resultV6Only);
  });

  test('an address of the other family', () => {
    const host = new Host();
    expect(host.bind(host.socket(), '::1')).toBe('EAFNOSUPPORT');
    expect(host.bind(host.socket('AF_INET6'), '127.0.0.1')).toBe('EINVAL');
  });

  test('IP_FREEBIND and ip_nonlocal_bind let any address pass', () => {
    const host = new Host();
    const fd = host.socket();
    must(host.kernel.setsockopt(host.task, fd, 'IP_FREEBIND', 1));
    expect(host.bind(fd, '9.9.9.9')).toBe(0);
    host.kernel.setSysctl('net.ipv4.ip_nonlocal_bind', 1);
    expect(host.bind(host.socket(), '9.9.9.9')).toBe(0);
  });
});

describe('order of checks', () => {
  const userHost = (): Host => new Host({}, { uid: 1000 });

  test('EADDRNOTAVAIL before EACCES before EINVAL before EADDRINUSE', () => {
    const host = userHost();
    const root = host.kernel.createTask();
    const holder = must(host.kernel.socket(root, 'AF_INET'));
    must(host.kernel.bind(root, holder, at('127.0.0.1', 2000)));
    const bound = host.socket();
    expect(host.bind(bound, '127.0.0.1')).toBe(0);
    expect(host.bind(bound, '9.9.9.9', 80)).toBe('EADDRNOTAVAIL');
    expect(host.bind(bound, '127.0.0.1', 80)).toBe('EACCES');
    expect(host.bind(bound, '127.0.0.1', 2000)).toBe('EINVAL');
    expect(host.bind(host.socket(), '127.0.0.1', 2000)).toBe('EADDRINUSE');
  });

  test('ip_unprivileged_port_start moves the border', () => {
    const host = userHost();
    expect(host.bind(host.socket(), '127.0.0.1', 1023)).toBe('EACCES');
    expect(host.bind(host.socket(), '127.0.0.1', 1024)).toBe(0);
    host.kernel.setSysctl('net.ipv4.ip_unprivileged_port_start', 80);
    expect(host.bind(host.socket(), '127.0.0.1', 80)).toBe(0);
    expect(host.bind(host.socket(), '127.0.0.1', 79)).toBe('EACCES');
  });

  test('a bound, listening or connected socket: EINVAL', () => {
    const host = new Host();
    const { client, server, listener } = host.pair();
    expect([client, server, listener].map((fd) => host.bind(fd, '127.0.0.1'))).toEqual([
      'EINVAL',
      'EINVAL',
      'EINVAL',
    ]);
  });
});

test('IP_BIND_ADDRESS_NO_PORT leaves the port to connect(), so bind() may be repeated', () => {
  const host = new Host();
  host.listener(8000);
  const fd = host.socket();
  must(host.kernel.setsockopt(host.task, fd, 'IP_BIND_ADDRESS_NO_PORT', 1));
  expect(host.bind(fd, '127.0.0.1')).toBe(0);
  expect(host.bind(fd, '127.0.0.2')).toBe(0);
  expect(name(host, fd)).toBe('127.0.0.2 no port');
  expect(host.connect(fd, '127.0.0.1', 8000)).toBe('EINPROGRESS');
  expect(name(host, fd)).toBe('127.0.0.2 port');
});

test('IPV6_V6ONLY cannot change once bound', () => {
  const host = new Host();
  const fd = host.socket('AF_INET6');
  host.bind(fd, '::');
  expect(errnoOf(host.kernel.setsockopt(host.task, fd, 'IPV6_V6ONLY', 1))).toBe('EINVAL');
});
