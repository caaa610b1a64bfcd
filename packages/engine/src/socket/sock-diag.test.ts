import { describe, expect, test } from 'vitest';
import { Host, must } from '../../test-kit/host.ts';
import { parseAddr } from '../addr.ts';
import { linux } from '../profile.ts';
import { SYN, setDestination, setSource, takeSegment } from '../wire/segment.ts';

const rows = (host: Host): string[] =>
  host.kernel
    .sockets()
    .map(
      (s) =>
        `${s.state} ${s.recvQ} ${s.sendQ} ${s.local.replace(/:[3-6]\d{4}$/, ':p')} ${s.peer.replace(/:[3-6]\d{4}$/, ':p')}`,
    );

describe('wildcards, as ss prints them', () => {
  test.each([
    ['AF_INET', '0.0.0.0', 0, 'LISTEN 0 5 0.0.0.0:80 0.0.0.0:*'],
    ['AF_INET6', '::', 0, 'LISTEN 0 5 *:80 *:*'],
    ['AF_INET6', '::', 1, 'LISTEN 0 5 [::]:80 [::]:*'],
    ['AF_INET6', '::1', 0, 'LISTEN 0 5 [::1]:80 [::]:*'],
    ['AF_INET6', '::ffff:127.0.0.1', 0, 'LISTEN 0 5 [::ffff:127.0.0.1]:80 *:*'],
  ] as const)('%s %s v6only %i', (family, address, v6Only, row) => {
    const host = new Host();
    const fd = host.socket(family);
    if (v6Only === 1) must(host.kernel.setsockopt(host.task, fd, 'IPV6_V6ONLY', 1));
    host.bind(fd, address, 80);
    host.listen(fd, 5);
    expect(rows(host)).toEqual([row]);
  });
});

test('closed and merely bound sockets are not listed', () => {
  const host = new Host();
  host.bind(host.socket(), '127.0.0.1');
  host.socket();
  expect(rows(host)).toEqual([]);
});

test('a half-open connection is a SYN-RECV row with its timer', () => {
  const eth0 = {
    name: 'eth0',
    mtu: 1500,
    addrs: [{ addr: parseAddr('10.0.0.1')!, prefixLen: 24 }],
    up: true,
  };
  const host = new Host({ interfaces: [eth0] });
  const fd = host.socket();
  host.bind(fd, '0.0.0.0', 80);
  host.listen(fd, 5);
  const syn = takeSegment();
  setSource(syn, parseAddr('10.0.0.2')!);
  setDestination(syn, parseAddr('10.0.0.1')!);
  Object.assign(syn, { sport: 1234, dport: 80, seq: 1000, flags: SYN, window: 65535, mss: 1460 });
  host.kernel.deliver(syn);
  expect(rows(host)).toEqual(['LISTEN 0 5 0.0.0.0:80 0.0.0.0:*', 'SYN-RECV 0 0 10.0.0.1:80 10.0.0.2:1234']);
  expect(host.kernel.sockets()[1]!.timer).toEqual({ kind: 'on', leftNs: 1e9, retransmits: 0 });
  host.kernel.advanceTo(1.5e9);
  expect(host.kernel.sockets()[1]!.timer).toEqual({ kind: 'on', leftNs: 1.5e9, retransmits: 1 });
});

test('connections, then TIME-WAIT', () => {
  const host = new Host();
  const { client, server } = host.pair();
  expect(rows(host)).toEqual([
    'LISTEN 0 16 127.0.0.1:8000 0.0.0.0:*',
    'ESTAB 0 0 127.0.0.1:p 127.0.0.1:8000',
    'ESTAB 0 0 127.0.0.1:8000 127.0.0.1:p',
  ]);
  host.send(client, 'hello');
  expect(rows(host)[2]).toBe('ESTAB 5 0 127.0.0.1:8000 127.0.0.1:p');
  host.recv(server);
  host.close(client);
  host.close(server);
  expect(rows(host)).toEqual([
    'LISTEN 0 16 127.0.0.1:8000 0.0.0.0:*',
    'TIME-WAIT 0 0 127.0.0.1:p 127.0.0.1:8000',
  ]);
  expect(host.kernel.sockets()[1]!.timer).toEqual({ kind: 'timewait', leftNs: 60e9, retransmits: 0 });
});

describe('with jiffies a timer shows the time for which it asked, not when the wheel lets it fire', () => {
  const jiffies = () => new Host({ profile: { ...linux('6.18')!, hz: 250 }, bootedAt: 300e9 });

  // Linux 6.18.44, HZ=250: of eight sockets that closed 250 ms apart ss showed 60 s less the age of each (client sheet 0).
  test('TIME-WAIT: 60 s in whole jiffies, then 0 until it is gone', () => {
    const host = jiffies();
    const { client, server } = host.pair();
    host.kernel.advanceTo(0.5e9);
    host.close(client);
    host.close(server);
    const left = (s: number) => {
      host.kernel.advanceTo(s * 1e9);
      return host.kernel.sockets()[1]?.timer?.leftNs;
    };
    expect([0.5, 0.5039, 0.504, 60.499, 60.5, 61.43].map(left)).toEqual([60e9, 60e9, 59.996e9, 4e6, 0, 0]);
    // Jiffy 15,125 lies in a granule of 512 that ends with 15,360.
    expect(left(61.44)).toBeUndefined();
  });

  test('keepalive: as set, however long', () => {
    const host = jiffies();
    const { client } = host.pair();
    must(host.kernel.setsockopt(host.task, client, 'SO_KEEPALIVE', 1));
    host.kernel.advanceTo(1.002e9);
    const row = host.kernel.sockets().find((s) => s.timer !== undefined);
    expect(row?.timer).toEqual({ kind: 'keepalive', leftNs: 7199e9, retransmits: 0 });
  });
});
