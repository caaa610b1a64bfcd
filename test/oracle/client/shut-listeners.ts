// Client sheet 1.5: a shutdown() of a closed socket, which holds for the children of the listener that it becomes.

import { moved, type RawTarget } from '../case.ts';
import { answer, OWN, PEER, type Row, rowsOf } from './life.ts';

/** A socket that was shut down while it was closed, then made to listen, and a child of it. */
const shutThenListen =
  (how: 'SHUT_RD' | 'SHUT_WR' | 'SHUT_RDWR') =>
  (t: RawTarget): unknown => {
    const fd = t.socket();
    t.bind(fd, OWN);
    const result = t.shutdown(fd, how);
    t.listen(fd, 1);
    t.segment(PEER, 'S 1000:1000(0) win 65535');
    moved(t);
    const third = answer(t, '. 1001:1001(0) ack 1 win 65535');
    const child = t.accept(fd);
    if (typeof child === 'string') return [result, third, child];
    return [
      result,
      third,
      moved(t),
      t.poll(child),
      t.send(child, 5),
      answer(t, 'P. 1001:1011(10) ack 1 win 65535'),
    ];
  };

const SHUT: readonly Row[] = [
  [
    'of a closed socket that listens later, SHUT_RD: its children read an end of file',
    shutThenListen('SHUT_RD'),
    [
      'ENOTCONN',
      [],
      { TcpPassiveOpens: 1, TcpCurrEstab: 1, TCPPureAcks: 1 },
      'IN,OUT,RDNORM,WRNORM,RDHUP',
      5,
      ['P. 1:6(5) ack 1001 win 64240', '. 6:6(0) ack 1011 win 64230'],
    ],
  ],
  [
    'of a closed socket that listens later, SHUT_WR: its children begin with a FIN',
    shutThenListen('SHUT_WR'),
    [
      'ENOTCONN',
      ['F. 1:1(0) ack 1001 win 64240'],
      { TcpPassiveOpens: 1, TcpOutSegs: 1, TCPPureAcks: 1, TCPOrigDataSent: 1 },
      'OUT,WRNORM',
      'EPIPE',
      ['. 2:2(0) ack 1011 win 64230'],
    ],
  ],
  [
    'of a closed socket that listens later, SHUT_RDWR: its children answer data with a RST',
    shutThenListen('SHUT_RDWR'),
    [
      'ENOTCONN',
      ['F. 1:1(0) ack 1001 win 64240'],
      { TcpPassiveOpens: 1, TcpOutSegs: 1, TCPPureAcks: 1, TCPOrigDataSent: 1 },
      'IN,OUT,HUP,RDNORM,WRNORM,RDHUP',
      'EPIPE',
      ['R 1:1(0) win 0'],
    ],
  ],
];

export const SHUT_LISTENERS = rowsOf('client 1.5', SHUT);
