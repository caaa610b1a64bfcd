// What random runs against Linux 6.18.44 found (npm run fuzz:diff), each as the shortest case that differed.
import { describe, expect, it } from 'vitest';
import { Client } from '../../test-kit/client.ts';
import { must } from '../../test-kit/host.ts';
import { PEER, Raw, SERVER } from '../../test-kit/raw.ts';
import { icmpError } from '../wire/icmp.ts';
import { type Segment, setDestination, setSource, takeSegment } from '../wire/segment.ts';

const COOKIES = { 'net.ipv4.tcp_syncookies': 2 } as const;

/** TSval of the last segment of ours in `lines`. */
const tsval = (lines: string[]): number => Number(/TS val (\d+)/.exec(lines.at(-1) ?? '')?.[1]);

const stamped = (val: number, ecr: number): string => `<nop,nop,TS val ${val} ecr ${ecr >>> 0}>`;

describe('cookies', () => {
  it('the window of the child goes by the MSS of the cookie, not by that of our segments', () => {
    const raw = new Raw({ sysctls: COOKIES });
    const sent = tsval(raw.syn(1, true));
    expect(raw.send(1, `P. 1001:1101(100) ack 1 win 9 ${stamped(101, sent)}`)).toEqual([
      expect.stringMatching(/ack 1101 win 63 /),
    ]);
  });

  it('without an echo the child stamps without the offset', () => {
    const raw = new Raw({ sysctls: COOKIES });
    raw.syn(1, true);
    const reply = raw.send(1, `P. 1001:1002(1) ack 1 win 9 ${stamped(101, 0)}`);
    expect(tsval(reply)).toBe(Math.floor((raw.kernel.net.bootedAt + raw.kernel.now) / 1e6) >>> 0);
  });

  it('ECN comes back with the echo', () => {
    const raw = new Raw({ sysctls: COOKIES });
    const [reply] = raw.send(1, 'SEW 1000:1000(0) win 9 <mss 1460,sackOK,TS val 100 ecr 0,nop,wscale 7>');
    raw.send(1, `. 1001:1001(0) ack 1 win 9 ${stamped(101, tsval([reply as string]))}`);
    const fd = raw.accept() as number;
    expect(must(raw.kernel.getsockopt(raw.task, fd, 'TCP_INFO')).ecn).toBe(true);
  });
});

describe('a listener', () => {
  it('forgets its last cookie with shutdown()', () => {
    const raw = new Raw({ sysctls: COOKIES });
    raw.syn(1);
    must(raw.kernel.shutdown(raw.task, raw.listener, 'SHUT_RD'));
    must(raw.kernel.listen(raw.task, raw.listener, 1));
    raw.moved();
    raw.send(1, '. 1001:1001(0) ack 90001 win 9');
    expect(raw.moved()).toEqual({ TcpOutRsts: 1, TcpOutSegs: 1 });
  });
});

describe('half-open connections', () => {
  it('a third ACK without timestamps does not end them', () => {
    const raw = new Raw();
    raw.syn(1, true);
    raw.ack(1);
    expect(raw.send(1, 'P. 1001:1006(5) ack 1 win 9')).toEqual([expect.stringMatching(/TS val \d+ ecr 100/)]);
  });

  it('a third ACK that is put off leaves the timestamp of the SYN in place', () => {
    const raw = new Raw().set('TCP_DEFER_ACCEPT', 1);
    const sent = tsval(raw.syn(1, true));
    raw.send(1, `. 1001:1001(0) ack 1 win 9 ${stamped(103, sent)}`);
    expect(raw.send(1, `P. 1001:1006(5) ack 1 win 9 ${stamped(104, sent - 1)}`)).toEqual([
      expect.stringMatching(/ecr 100>/),
    ]);
  });

  it('a challenged RST counts for the rate limit even with a FIN', () => {
    const raw = new Raw();
    raw.syn(1);
    expect(raw.send(1, 'FR. 1101:1101(0) ack 1 win 9').length).toBe(1);
    raw.moved();
    expect(raw.send(1, 'S 201000:201000(0) win 9 <mss 1460>')).toEqual([]);
    expect(raw.moved()).toEqual({ TCPACKSkippedSynRecv: 1 });
  });
});

/** A connection that was accepted; its descriptor. */
function accepted(raw: Raw, all = false): number {
  raw.syn(1, all);
  raw.ack(1);
  return raw.accept() as number;
}

describe('connections', () => {
  it('a redirect about old data is out of the window too', () => {
    const raw = new Raw();
    accepted(raw);
    raw.moved();
    const original = takeSegment();
    setSource(original, SERVER);
    setDestination(original, PEER);
    original.sport = 80;
    original.dport = 1;
    original.seq = raw.iss.get(1) as number;
    raw.kernel.deliver(icmpError({ type: 5, code: 1, original, source: PEER }));
    expect(raw.moved()).toEqual({ IcmpInMsgs: 1, OutOfWindowIcmps: 1 });
  });

  it('a FIN that was never read stays in Recv-Q after close()', () => {
    const raw = new Raw();
    const fd = accepted(raw);
    raw.send(1, 'F. 1001:1001(0) ack 1 win 9');
    must(raw.kernel.close(raw.task, fd));
    expect(raw.kernel.sockets().find((row) => row.state === 'LAST-ACK')).toMatchObject({
      recvQ: 1,
      sendQ: 1,
    });
  });

  it('new data is marked ECT(0), a bare ACK is not', () => {
    const raw = new Raw();
    raw.send(1, 'SEW 1000:1000(0) win 65535 <mss 1460>');
    raw.ack(1);
    const fd = raw.accept() as number;
    must(raw.kernel.send(raw.task, fd, new Uint8Array(5)));
    raw.kernel.deliver(raw.segment(1, 'P. 1001:1006(5) ack 6 win 65535'));
    expect(raw.kernel.takeOutput().map((packet) => (packet as Segment).tos)).toEqual([2, 0]);
  });

  it('data is copied behind what waits where the allocation has room', () => {
    const raw = new Raw();
    accepted(raw);
    raw.send(1, 'P. 1001:1101(100) ack 1 win 65535');
    raw.moved();
    raw.send(1, 'P. 1101:1153(52) ack 1 win 65535');
    expect(raw.moved().TCPRcvCoalesce).toBe(1);
    raw.send(1, 'P. 1153:1154(1) ack 1 win 65535');
    expect(raw.moved().TCPRcvCoalesce).toBeUndefined();
  });

  it('a FIN that joins early data lets the window grow', () => {
    const raw = new Raw();
    const sent = tsval(raw.syn(1, true));
    raw.send(1, `P. 1006:2454(1448) ack 1 win 9 ${stamped(102, sent)}`);
    expect(raw.send(1, `F. 2454:2454(0) ack 1 win 9 ${stamped(102, sent)}`)).toEqual([
      expect.stringMatching(/ack 1001 win 70 .*sack 1006:2455/),
    ]);
    expect(raw.moved()).toMatchObject({ TCPOFOQueue: 2, TCPRcvCoalesce: 1 });
  });

  it('an overtaken ACK that fails PAWS is not answered', () => {
    const raw = new Raw();
    const sent = tsval(raw.syn(1, true));
    raw.send(1, `P. 1001:1006(5) ack 1 win 9 ${stamped(1112, sent)}`);
    raw.moved();
    expect(raw.send(1, `. 1001:1001(0) ack 1 win 9 ${stamped(113, sent)}`)).toEqual([]);
    expect(raw.moved()).toEqual({ PAWSOldAck: 1 });
  });

  it('6.12 answers it', () => {
    const raw = new Raw({ kernel: '6.12' });
    const sent = tsval(raw.syn(1, true));
    raw.send(1, `P. 1001:1006(5) ack 1 win 9 ${stamped(1112, sent)}`);
    raw.moved();
    expect(raw.send(1, `. 1001:1001(0) ack 1 win 9 ${stamped(113, sent)}`).length).toBe(1);
    expect(raw.moved()).toEqual({ PAWSEstab: 1, TcpOutSegs: 1 });
  });

  it('an overtaken ACK in its place fails PAWS when it would update the window', () => {
    const raw = new Raw();
    const sent = tsval(raw.syn(1, true));
    raw.send(1, `. 1001:1537(536) ack 1 win 65535 ${stamped(100, sent)}`);
    raw.moved();
    expect(raw.send(1, `. 1537:1537(0) ack 1 win 65535 ${stamped(51, sent)}`).length).toBe(1);
    expect(raw.moved()).toEqual({ PAWSEstab: 1, TcpOutSegs: 1 });
  });

  it('memory that sending reserved lets header prediction take a segment', () => {
    const raw = new Raw();
    const fd = accepted(raw);
    must(raw.kernel.send(raw.task, fd, new Uint8Array(1460)));
    raw.output();
    raw.moved();
    raw.send(1, 'P. 1001:1002(1) ack 1461 win 65535');
    expect(raw.moved()).toMatchObject({ TCPHPAcks: 1, TCPHPHits: 1 });
  });

  it('a tail loss probe sends what Nagle holds, a jiffy after two round trips and 2 ms', () => {
    const client = new Client({}, 250, { bootedAt: 0 }).establish(0.0004);
    must(client.kernel.send(client.task, client.fd, new Uint8Array(3000)));
    must(client.kernel.send(client.task, client.fd, new Uint8Array(100)));
    expect(client.lines().length).toBe(3);
    const [probe] = client.until(client.now + 0.2);
    expect(probe?.[1]).toMatch(/^P\. 3001:3101\(100\)/);
    expect(probe?.[0]).toBe(0.008);
  });

  it('data soon after the third ACK is a conversation: its ACK waits', () => {
    const raw = new Raw();
    raw.kernel.advanceTo(5e9);
    const fd = accepted(raw);
    raw.send(1, 'P. 901:902(1) ack 1 win 1000');
    must(raw.kernel.send(raw.task, fd, new Uint8Array(1460)));
    raw.output();
    expect(raw.send(1, 'P. 1001:1002(1) ack 1461 win 65535')).toEqual([]);
  });

  it('the ACK of a FIN still reports what lay beyond it', () => {
    const raw = new Raw();
    raw.send(1, 'S 1000:1000(0) win 65535 <mss 1460,nop,nop,sackOK>');
    raw.ack(1);
    must(raw.kernel.shutdown(raw.task, raw.accept() as number, 'SHUT_WR'));
    raw.send(1, 'P. 2001:2101(100) ack 1 win 65535');
    raw.output();
    expect(raw.send(1, 'F. 1001:1001(0) ack 1 win 65535')).toEqual([
      expect.stringMatching(/ack 1002 .*sack 2001:2101/),
    ]);
    expect(raw.send(1, '. 1002:1002(0) ack 2 win 65535')).toEqual([]);
    expect(raw.states()).toEqual(['TIME-WAIT']);
  });

  it('the ACK after a FIN has no D-SACK any more', () => {
    const raw = new Raw();
    raw.send(1, 'S 1001:1001(0) win 65535 <mss 1460,nop,nop,sackOK>');
    raw.send(1, 'F. 1001:1006(5) ack 1 win 65535');
    expect(raw.send(1, 'P. 1003:1008(5) ack 6 win 65535')).toEqual([
      expect.stringMatching(/^\. 1:1\(0\) ack 1007 win \d+$/),
    ]);
  });

  it('SYN and FIN together end TIME-WAIT and begin nothing', () => {
    const raw = new Raw();
    const fd = accepted(raw);
    must(raw.kernel.shutdown(raw.task, fd, 'SHUT_WR'));
    raw.send(1, 'F. 1001:1001(0) ack 2 win 65535');
    expect(raw.states()).toEqual(['TIME-WAIT']);
    expect(raw.send(1, 'SF 2000:2000(0) win 65535 <mss 1460>')).toEqual([]);
    expect(raw.states()).toEqual([]);
  });

  it('a record that was cut in two for sending reserves memory twice', () => {
    const raw = new Raw();
    raw.send(1, 'S 1000:1000(0) win 65535');
    raw.ack(1);
    const fd = raw.accept() as number;
    must(raw.kernel.send(raw.task, fd, new Uint8Array(100)));
    must(raw.kernel.send(raw.task, fd, new Uint8Array(1000)));
    raw.moved();
    raw.send(1, 'P. 1001:1101(100) ack 1 win 65535');
    expect(raw.moved()).toEqual({ TcpOutSegs: 1 });
  });

  it('what a small window cut short is cut anew when the window has grown', () => {
    const raw = new Raw();
    raw.syn(1);
    raw.send(1, '. 1001:1001(0) ack 1 win 1000');
    const fd = raw.accept() as number;
    must(raw.kernel.send(raw.task, fd, new Uint8Array(3000)));
    expect(raw.output().map(([, line]) => line.split(' ')[1])).toEqual(['1:501(500)', '501:1001(500)']);
    raw.kernel.deliver(raw.segment(1, '. 1001:1001(0) ack 1001 win 65535'));
    expect(raw.output().map(([, line]) => line.split(' ')[1])).toEqual(['1001:2461(1460)', '2461:3001(540)']);
  });

  it('an ACK due in the jiffy that still runs goes with the next segment', () => {
    const client = new Client({}, 250).establish();
    expect(client.peer('F. 1:1(0) ack 1 win 512')).toEqual([]);
    expect(client.peer('P. 102:202(100) ack 1 win 512').length).toBe(1);
    expect(client.moved()).toEqual({ TcpOutSegs: 1 });
  });
});
