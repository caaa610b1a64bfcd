import { describe, expect, it } from 'vitest';
import { must } from '../../test-kit/host.ts';
import { Raw } from '../../test-kit/raw.ts';
import { parseAddr } from '../addr.ts';
import { setDestination } from '../wire/segment.ts';

const SYN = 'S 5:5(0) win 1000';

/** What a segment to an address that many hosts have moves, with a listener on every address or none. */
function received(text: string, to: string, listening: boolean): { [name: string]: number } {
  const raw = new Raw();
  if (listening) {
    const fd = must(raw.kernel.socket(raw.task, 'AF_INET', 'SOCK_STREAM', true));
    must(raw.kernel.bind(raw.task, fd, { family: 'AF_INET', address: parseAddr('0.0.0.0')!, port: 81 }));
    must(raw.kernel.listen(raw.task, fd, 5));
  }
  const seg = raw.segment(1, text, 81);
  setDestination(seg, parseAddr(to)!);
  raw.kernel.deliver(seg);
  expect(raw.output()).toEqual([]);
  return { TcpInSegs: raw.kernel.counter('TcpInSegs'), ...raw.moved() };
}

describe.each(['192.0.255.255', '255.255.255.255', '224.0.0.1'])(
  'a segment to %s (server sheet 4.1)',
  (to) => {
    it('a SYN for a listener on every address: ListenDrops, no answer', () => {
      expect(received(SYN, to, true)).toEqual({ TcpInSegs: 1, ListenDrops: 1 });
    });

    it('an ACK for such a listener: a RST is counted and not sent', () => {
      expect(received('. 5:5(0) ack 777 win 1000', to, true)).toEqual({
        TcpInSegs: 1,
        TcpOutRsts: 1,
        TcpOutSegs: 1,
      });
    });

    it('no listener: only a broadcast is seen by TCP', () => {
      expect(received(SYN, to, false)).toEqual({ TcpInSegs: to.startsWith('224') ? 0 : 1 });
    });
  },
);
