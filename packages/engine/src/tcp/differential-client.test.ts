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

/** An ICMP error from the peer about the first segment of the client that is not acknowledged. */
function icmp(client: Client, type: number, code: number, mtu = 0, seq = 0): string[] {
  const original = takeSegment();
  setSource(original, SERVER);
  setDestination(original, PEER);
  original.sport = CLIENT_PORT;
  original.dport = 80;
  original.seq = (client.isn + seq) | 0;
  client.kernel.deliver(icmpError({ type, code, info: mtu, original, source: PEER, quoteMax: 28 }));
  return client.lines();
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

describe('connect() from a bound address', () => {
  it('finds the device of a multicast address without a route', () => {
    const client = new Client();
    must(client.kernel.bind(client.task, client.fd, { family: 'AF_INET', address: SERVER, port: 0 }));
    const address = parseAddr('224.0.0.1')!;
    const result = client.kernel.connect(client.task, client.fd, { family: 'AF_INET', address, port: 7 });
    expect([errnoOf(result), client.moved()]).toEqual(['ENETUNREACH', {}]);
  });
});

describe('a path MTU that ICMP names', () => {
  it('shows in the next SYN or SYN-ACK to that destination, from whatever socket', () => {
    const client = new Client();
    client.connect();
    icmp(client, 3, 4, 1400);
    expect(client.peer('S 0:0(0) win 9 <mss 1460>')).toEqual([expect.stringContaining('<mss 1360,')]);
    const other = must(client.kernel.socket(client.task, 'AF_INET', 'SOCK_STREAM', true));
    client.kernel.connect(client.task, other, { family: 'AF_INET', address: PEER, port: 81 });
    expect(client.lines()).toEqual([expect.stringContaining('<mss 1360,')]);
  });

  it('sends what is in flight again in smaller segments, cut anew', () => {
    const client = new Client().establish(0.001, BARE);
    client.send(2920);
    client.lines();
    const again = icmp(client, 3, 4, 1400, 1).map((line) => line.split(' ')[1]);
    expect(again).toEqual(['1:1361(1360)', '1361:2721(1360)', '2721:2921(200)']);
    expect(client.moved()).toMatchObject({ TCPSlowStartRetrans: 3, TcpRetransSegs: 3 });
  });

  it('below 552 lets routers fragment', () => {
    const client = new Client().establish(0.001, BARE);
    icmp(client, 3, 4, 500, 1);
    client.send(600);
    const [first] = client.kernel.takeOutput();
    expect(first).toMatchObject({ dontFragment: false, payload: { length: 512 } });
  });
});

describe('an ACK inside a burst', () => {
  it('of one byte more than a segment delivers a segment, and the tail is cut anew', () => {
    const client = new Client().establish(0.001, PLAIN);
    client.send(1461);
    client.lines();
    client.peer('. 1:1(0) ack 2 win 9');
    expect(client.moved()).toMatchObject({ TCPDelivered: 1 });
  });

  it('lets the tail loss probe begin a segment after it', () => {
    const client = new Client().establish(0.001, PLAIN);
    client.send(1472);
    client.lines();
    client.peer('. 1:1(0) ack 2 win 65535');
    const [[, probe] = [0, '']] = client.until(client.now + 0.15);
    expect(probe).toContain(' 1462:1473(11) ');
  });
});

describe('header prediction', () => {
  it('goes by memory that was reserved for data which then joined other data', () => {
    const client = new Client().establish(0.001, BARE);
    client.peer('. 1:101(100) ack 1 win 65535');
    client.peer('P. 101:1101(1000) ack 1 win 65535 <nop,nop,TS val 100 ecr 0>');
    client.peer('. 1101:1637(536) ack 1 win 65535');
    client.send(1);
    client.moved();
    client.peer('P. 1637:2637(1000) ack 2 win 65535');
    expect(client.moved()).toMatchObject({ TCPHPHits: 1, TCPHPAcks: 1 });
  });

  it('takes data when an ACK of nothing has opened a connection whose SYNs crossed', () => {
    const client = new Client();
    client.connect();
    client.peer('S 0:0(0) win 65535 <mss 1460>');
    client.peer('. 1:1(0) ack 0 win 65535');
    expect(client.state()).toBe('ESTAB');
    client.moved();
    client.peer('P. 1:6(5) ack 1 win 65535');
    expect(client.moved()).toMatchObject({ TCPHPHits: 1, TCPHPAcks: 1 });
  });

  it('does not go by memory of a SYN that connect(AF_UNSPEC) dropped', () => {
    const client = new Client({ 'net.ipv4.tcp_window_scaling': 0 });
    client.connect();
    unconnect(client);
    again(client);
    client.peer('S. 0:0(0) ack 1 win 65535 <mss 1460>');
    client.moved();
    client.peer('P. 1:1001(1000) ack 1 win 65535');
    expect(client.moved()).not.toHaveProperty('TCPHPHits');
  });
});

describe('a FIN', () => {
  it('waits in the receive queue, so a segment that ends beyond the window is too much', () => {
    const client = new Client().set('SO_RCVBUF', 2304);
    client.connect();
    client.peer('S. 0:0(0) ack 1 win 65535 <mss 1460>');
    client.peer('F. 1:1(0) ack 1 win 65535');
    expect(client.peer('FR. 1458:1463(5) ack 1 win 65535')).toEqual([]);
  });
});

describe('a SYN that was sent again', () => {
  it('gives nothing to undo when SYNs crossed and there is no SACK', () => {
    const client = new Client();
    client.connect();
    client.peer('. 6:6(0) ack 2 win 9');
    client.until(0.02);
    client.peer('S 0:0(0) win 65535');
    client.moved();
    client.peer('P. 10:110(100) ack 1 win 65535');
    expect(client.moved()).not.toHaveProperty('TCPLossUndo');
  });
});

describe('options', () => {
  it('IP_RECVERR 0 empties the error queue', () => {
    const client = new Client();
    client.connect();
    icmp(client, 3, 1);
    client.error();
    client.set('IP_RECVERR', 0);
    expect(poll(client) & POLLERR).toBe(0);
  });

  it('TCP_MAXSEG set after the SYN does not show in the SYN-ACK when SYNs cross', () => {
    const client = new Client();
    client.connect();
    client.set('TCP_MAXSEG', 536);
    expect(client.peer('S 0:0(0) win 9 <mss 9000>')).toEqual([expect.stringContaining('<mss 1460,')]);
  });

  it('TCP_MAXSEG holds also against a peer that names no MSS', () => {
    const client = new Client().set('TCP_MAXSEG', 100).establish(0.001, 'S. 0:0(0) ack 1 win 65535');
    client.send(300);
    expect(client.lines()[0]).toMatch(/ 1:101\(100\) /);
  });
});
