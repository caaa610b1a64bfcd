import { describe, expect, test } from 'vitest';
import { errnoOf, Host, must } from '../../test-kit/host.ts';

const FRESH = 'OUT,HUP,WRNORM';
const READ_END = 'IN,OUT,RDNORM,WRNORM,RDHUP';
const BOTH_ENDS = 'IN,OUT,HUP,RDNORM,WRNORM,RDHUP';
const HOWS = ['SHUT_RD', 'SHUT_WR', 'SHUT_RDWR'] as const;

describe('fresh socket: ENOTCONN, remembered for the connection to come', () => {
  test.each([
    ['SHUT_RD', BOTH_ENDS, READ_END, 1, ''],
    ['SHUT_WR', FRESH, 'OUT,WRNORM', 'EPIPE', '<EAGAIN>'],
    ['SHUT_RDWR', BOTH_ENDS, BOTH_ENDS, 'EPIPE', ''],
  ] as const)('%s', (how, closedMask, openMask, sent, received) => {
    const host = new Host();
    host.listener(8000);
    const fd = host.socket();
    expect([host.shutdown(fd, how), host.poll(fd)]).toEqual(['ENOTCONN', closedMask]);
    expect([host.connect(fd, '127.0.0.1', 8000), host.state(fd), host.poll(fd)]).toEqual([
      'EINPROGRESS',
      'ESTAB',
      openMask,
    ]);
    expect([host.send(fd, 'x'), host.recv(fd)]).toEqual([sent, received]);
  });
});

describe('listener', () => {
  test.each(['SHUT_RD', 'SHUT_RDWR'] as const)(
    '%s ends it; the port stays and listen() works again',
    (how) => {
      const host = new Host();
      const listener = host.listener(8000);
      expect([host.shutdown(listener, how), host.poll(listener), host.accept(listener)]).toEqual([
        0,
        FRESH,
        'EINVAL',
      ]);
      expect([host.recv(listener), host.send(listener, 'x')]).toEqual(['<ENOTCONN>', 'EPIPE']);
      expect(host.bind(host.socket(), '127.0.0.1', 8000)).toBe('EADDRINUSE');
      expect([host.bind(listener, '127.0.0.1', 8200), host.listen(listener)]).toEqual(['EINVAL', 0]);
      expect(host.connect(listener, '127.0.0.1', 8000)).toBe('EISCONN');
    },
  );

  test('SHUT_WR does nothing', () => {
    const host = new Host();
    const listener = host.listener(8000);
    expect([host.shutdown(listener, 'SHUT_WR'), host.poll(listener), host.accept(listener)]).toEqual([
      0,
      '-',
      'EAGAIN',
    ]);
  });

  test('a port that listen() chose is free after SHUT_RD, though getsockname() still shows it', () => {
    const host = new Host();
    const listener = host.socket();
    host.listen(listener);
    const { port } = must(host.kernel.getsockname(host.task, listener));
    host.shutdown(listener, 'SHUT_RD');
    expect(must(host.kernel.getsockname(host.task, listener)).port).toBe(port);
    expect(host.bind(host.socket(), '0.0.0.0', port)).toBe(0);
    expect([host.bind(listener, '127.0.0.1', 8200), host.listen(listener)]).toEqual([0, 0]);
  });

  test.each(['shutdown', 'close'] as const)('%s resets who waits in the queue', (call) => {
    const host = new Host();
    const listener = host.listener(8000);
    const client = host.socket();
    host.connect(client, '127.0.0.1', 8000);
    host.connect(client, '127.0.0.1', 8000);
    if (call === 'close') host.close(listener);
    else host.shutdown(listener, 'SHUT_RD');
    expect(host.recv(client)).toBe('<ECONNRESET>');
    // One reset on each side: the queued child's and the client's.
    expect(host.kernel.counter('TcpEstabResets')).toBe(2);
    expect(host.kernel.counter('TcpOutRsts')).toBe(1);
  });
});

describe('connection', () => {
  test('SHUT_RD: end of file at once, later data is still read', () => {
    const host = new Host();
    const { client, server } = host.pair();
    expect([host.shutdown(client, 'SHUT_RD'), host.poll(client), host.poll(server)]).toEqual([
      0,
      READ_END,
      'OUT,WRNORM',
    ]);
    expect([host.recv(client), host.send(client, 'x'), host.send(server, 'yy')]).toEqual(['', 1, 2]);
    expect([host.recv(client, 1), host.recv(client), host.recv(client)]).toEqual(['y', 'y', '']);
    expect(host.state(client)).toBe('ESTAB');
  });

  test('SHUT_WR: FIN', () => {
    const host = new Host();
    const { client, server } = host.pair();
    expect([host.shutdown(client, 'SHUT_WR'), host.poll(client)]).toEqual([0, 'OUT,WRNORM']);
    expect([host.state(server), host.poll(server)]).toEqual(['CLOSE-WAIT', READ_END]);
    expect([host.recv(client), host.send(client, 'x'), host.recv(server), host.send(server, 'yy')]).toEqual([
      '<EAGAIN>',
      'EPIPE',
      '',
      2,
    ]);
    expect([host.state(client), host.recv(client), host.shutdown(client, 'SHUT_WR')]).toEqual([
      'FIN-WAIT-2',
      'yy',
      0,
    ]);
    host.close(server);
    expect([host.state(client), host.poll(client), host.recv(client)]).toEqual(['UNCONN', BOTH_ENDS, '']);
    expect([host.shutdown(client, 'SHUT_WR'), host.send(client, 'x')]).toEqual(['ENOTCONN', 'EPIPE']);
    expect(errnoOf(host.kernel.getpeername(host.task, client))).toBe('ENOTCONN');
    expect(host.connect(client, '127.0.0.1', 8000)).toBe('EISCONN');
  });

  test('SHUT_RDWR: HUP, and data of the peer resets the connection', () => {
    const host = new Host();
    const { client, server } = host.pair();
    expect([host.shutdown(client, 'SHUT_RDWR'), host.poll(client), host.poll(server)]).toEqual([
      0,
      BOTH_ENDS,
      READ_END,
    ]);
    expect([host.recv(client), host.send(client, 'x'), host.recv(server), host.send(server, 'yy')]).toEqual([
      '',
      'EPIPE',
      '',
      2,
    ]);
    expect([host.state(client), host.state(server)]).toEqual(['UNCONN', 'UNCONN']);
    expect([host.recv(client), host.recv(client)]).toEqual(['<ECONNRESET>', '']);
  });

  test.each(HOWS)('%s in SYN-SENT cancels the attempt without a packet', (how) => {
    const address = { w0: 0, w1: 0, w2: 0xffff, w3: 0x0a000001 };
    const host = new Host({
      interfaces: [{ name: 'eth0', mtu: 1500, addrs: [{ addr: address, prefixLen: 24 }], up: true }],
    });
    const fd = host.socket();
    host.connect(fd, '10.0.0.2', 80);
    host.kernel.takeOutput();
    expect([host.shutdown(fd, how), host.state(fd), host.poll(fd)]).toEqual([
      0,
      'UNCONN',
      'OUT,ERR,HUP,WRNORM',
    ]);
    expect(host.kernel.takeOutput()).toEqual([]);
    expect([host.error(fd), host.connect(fd, '10.0.0.2', 80)]).toEqual(['ECONNRESET', 'EINPROGRESS']);
  });
});
