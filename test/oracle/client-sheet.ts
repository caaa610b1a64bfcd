// Every row of the client sheet, in the order of the sheet. `cite` is 'client 1.5'.

import type { Sheet } from './case.ts';
import { ACK_SCHEDULES, ACKS } from './client/acks.ts';
import { DISCONNECT } from './client/disconnect.ts';
import { BUFFERS, FIRST_WINDOW } from './client/first-window.ts';
import { LOST_SYN_SCHEDULES } from './client/lost-syn.ts';
import { CORK_SCHEDULES, NAGLE } from './client/nagle.ts';
import { PORT_SCHEDULES, PORTS } from './client/ports.ts';
import { PROBE_SCHEDULES } from './client/probes.ts';
import { RTO, RTO_SCHEDULES } from './client/rto.ts';
import { SYN_CONTENTS, SYN_RESENT } from './client/syn.ts';
import { SYN_SCHEDULES } from './client/syn-retransmission.ts';
import { TEARDOWN, TEARDOWN_SCHEDULES } from './client/teardown.ts';
import { REUSE, REUSE_SCHEDULES } from './client/time-wait-reuse.ts';
import { WHEEL_SCHEDULES } from './client/wheel.ts';

export const CLIENT: Sheet = {
  name: 'client',
  cases: [
    ...DISCONNECT,
    ...PORTS,
    ...REUSE,
    ...SYN_CONTENTS,
    ...TEARDOWN,
    ...RTO,
    ...ACKS,
    ...NAGLE,
    ...FIRST_WINDOW,
    ...BUFFERS,
  ],
  schedules: [
    ...PORT_SCHEDULES,
    ...REUSE_SCHEDULES,
    ...WHEEL_SCHEDULES,
    ...SYN_SCHEDULES,
    ...SYN_RESENT,
    ...LOST_SYN_SCHEDULES,
    ...TEARDOWN_SCHEDULES,
    ...RTO_SCHEDULES,
    ...ACK_SCHEDULES,
    ...CORK_SCHEDULES,
    ...PROBE_SCHEDULES,
  ],
  sections: new Map([
    ['client 0', ['what the timer wheel makes of timers', '定时器轮对定时器的取整']],
    [
      'client 1.5',
      [
        'AF_UNSPEC, shutdown() and close() around SYN-SENT',
        'SYN-SENT 前后的 AF_UNSPEC、shutdown() 和 close()',
      ],
    ],
    [
      'client 2.1',
      ['the order in which connect() and bind() try ports', 'connect() 和 bind() 尝试端口的顺序'],
    ],
    ['client 2.2', ['who may share a port', '哪些套接字可以共用一个端口']],
    ['client 2.3', ['reuse of a port in TIME-WAIT', '复用处于 TIME-WAIT 的端口']],
    ['client 3', ['SYN: contents, retransmission, giving up', 'SYN：内容、重传、放弃']],
    ['client 5', ['closing, and poll() meanwhile', '关闭，以及其间的 poll()']],
    [
      'client 6',
      ['data: RTO, probes, ACKs, Nagle, windows, keepalive', '数据：RTO、探测、ACK、Nagle、窗口、保活'],
    ],
  ]),
};
