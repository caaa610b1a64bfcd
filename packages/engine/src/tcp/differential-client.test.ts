// What random clients against Linux 6.18.44 found (npm run fuzz:diff -- --side client), each as the shortest case that
// differed.
import { describe, expect, it } from 'vitest';
import { Client, PLAIN } from '../../test-kit/client.ts';
import { errnoOf, must } from '../../test-kit/host.ts';
import { PEER, SERVER } from '../../test-kit/raw.ts';
import { parseAddr } from '../addr.ts';
import { icmpError } from '../wire/icmp.ts';
import { setDestination, setSource, takeSegment } from '../wire/segment.ts';
import { POLLERR, POLLHUP, POLLOUT, POLLWRNORM } from './emit.ts';

const CLIENT_PORT = 40000;
const BARE = 'S. 0:0(0) ack 1 win 65535 <mss 1460>';

/** An ICMP error from the peer about a segment of the client. */
function icmp(client: Client, type: number, code: number): void {
  const original = takeSegment();
  setSource(original, SERVER);
  setDestination(original, PEER);
  original.sport = CLIENT_PORT;
  original.dport = 80;
  original.seq = client.isn;
  client.kernel.deliver(icmpError({ type, code, info: 0, original, source: PEER, quoteMax: 28 }));
}

const unconnect = (client: Client): void => {
  must(client.kernel.connect(client.task, client.fd, { family: 'AF_UNSPEC' }));
};

const again = (client: Client): string[] => {
  client.kernel.connect(client.task, client.fd, { family: 'AF_INET', address: PEER, port: 80 });
  return client.lines();
};

const poll = (client: Client): number => must(client.kernel.poll(client.task, client.fd));

describe('the SYN-ACK', () => {
  it('without timestamps leaves their room to data', () => {
    const client = new Client({ 'net.ipv4.tcp_timestamps': 1 });
    client.establish(0.001, 'S. 0:0(0) ack 1 win 65535 <mss 536>').send(1000);
    expect(client.lines()[0]).toMatch(/^\. 1:537\(536\)/);
  });

  it('is not acknowledged at once by a client with TCP_DEFER_ACCEPT', () => {
    const client = new Client().set('TCP_DEFER_ACCEPT', 3);
    client.connect();
    expect(client.peer(PLAIN)).toEqual([]);
    expect(client.times(0.3)).toEqual([200]);
  });

  it('is answered with a window beyond 64 KiB when SO_RCVBUF allows it', () => {
    const client = new Client().set('SO_RCVBUF', 500_000);
    client.connect();
    expect(client.peer(PLAIN)).toEqual([expect.stringMatching(/win 62415$/)]);
  });
});

describe('SYNs that cross', () => {
  const crossed = (syn: string): string[] => {
    const client = new Client({ 'net.ipv4.tcp_ecn': 1 });
    client.connect();
    return client.peer(syn);
  };

  it('our SYN-ACK offers ECN if their SYN did', () => {
    expect(crossed('S 0:0(0) win 9 <mss 536>')).toEqual([expect.stringMatching(/^S\. /)]);
    expect(crossed('SEW 0:0(0) win 9 <mss 536>')).toEqual([expect.stringMatching(/^S\.E /)]);
  });
});

describe('an ICMP error', () => {
  it.each([
    [3, 16],
    [11, 1],
  ])('%i/%i goes no further than ICMP', (type, code) => {
    const client = new Client();
    icmp(client, type, code);
    expect(client.moved()).not.toHaveProperty('IcmpInErrors');
  });

  it('while connecting stays in the error queue, so POLLERR outlives SO_ERROR and the next connect()', () => {
    const client = new Client();
    client.connect();
    icmp(client, 3, 1);
    expect(client.error()).toBe('EHOSTUNREACH');
    expect(poll(client) & POLLERR).toBe(POLLERR);
    again(client);
    expect(poll(client)).toBe(POLLOUT | POLLWRNORM | POLLHUP | POLLERR);
  });
});

describe('connect(AF_UNSPEC)', () => {
  it('forgets TCP_WINDOW_CLAMP and TCP_MAXSEG', () => {
    const client = new Client().set('TCP_WINDOW_CLAMP', 60_000).set('TCP_MAXSEG', 1200);
    unconnect(client);
    expect(client.connect()).toEqual([expect.stringMatching(/win 64240 <mss 1460,.*wscale 10>$/)]);
  });

  it('keeps what was learnt of the size of segments, which the first window goes by', () => {
    const client = new Client().establish(0.001, BARE);
    client.peer(`P. 1:1449(1448) ack 1 win 9`);
    unconnect(client);
    client.lines();
    expect(again(client)).toEqual([expect.stringMatching(/win 65535 /)]);
  });
});

describe('connect()', () => {
  it('to a multicast address without a route for it counts IpOutNoRoutes', () => {
    const client = new Client();
    const address = parseAddr('224.0.0.1')!;
    const result = client.kernel.connect(client.task, client.fd, { family: 'AF_INET', address, port: 7 });
    expect(errnoOf(result)).toBe('ENETUNREACH');
    expect(client.moved()).toEqual({ IpOutNoRoutes: 1 });
  });
});
