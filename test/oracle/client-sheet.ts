// Every row of the client sheet, in the order of the sheet. `cite` is 'client 1.5'.

import type { Sheet } from './case.ts';
import { ACK_SCHEDULES, ACKS } from './client/acks.ts';
import { AFTER_OPEN } from './client/after-open.ts';
import { BLOCKING, BLOCKING_SCHEDULES } from './client/blocking.ts';
import { DECISION } from './client/decision.ts';
import { DISCONNECT } from './client/disconnect.ts';
import { BUFFERS, FIRST_WINDOW } from './client/first-window.ts';
import { FULL_BUFFER } from './client/full-buffer.ts';
import { ICMP, ICMP_SCHEDULES } from './client/icmp.ts';
import { LIFE_CYCLE, LIFE_CYCLE_SCHEDULES } from './client/life-cycle.ts';
import { LOST_SYN_SCHEDULES } from './client/lost-syn.ts';
import { CORK_SCHEDULES, NAGLE } from './client/nagle.ts';
import { PORT_SCHEDULES, PORTS } from './client/ports.ts';
import { PROBE_SCHEDULES } from './client/probes.ts';
import { RECOVERY } from './client/recovery.ts';
import { RTO, RTO_SCHEDULES } from './client/rto.ts';
import { SHUT_LISTENERS } from './client/shut-listeners.ts';
import { SYN_CONTENTS, SYN_RESENT } from './client/syn.ts';
import { SYN_SCHEDULES } from './client/syn-retransmission.ts';
import { SYN_SENT, SYN_SENT_SCHEDULES } from './client/syn-sent.ts';
import { TEARDOWN, TEARDOWN_SCHEDULES } from './client/teardown.ts';
import { REUSE, REUSE_SCHEDULES } from './client/time-wait-reuse.ts';
import { WHEEL_SCHEDULES } from './client/wheel.ts';

export const CLIENT: Sheet = {
  name: 'client',
  cases: [
    ...DECISION,
    ...LIFE_CYCLE,
    ...BLOCKING,
    ...ICMP,
    ...DISCONNECT,
    ...SHUT_LISTENERS,
    ...PORTS,
    ...REUSE,
    ...SYN_CONTENTS,
    ...SYN_SENT,
    ...AFTER_OPEN,
    ...TEARDOWN,
    ...RTO,
    ...RECOVERY,
    ...ACKS,
    ...NAGLE,
    ...FIRST_WINDOW,
    ...BUFFERS,
    ...FULL_BUFFER,
  ],
  schedules: [
    ...PORT_SCHEDULES,
    ...REUSE_SCHEDULES,
    ...WHEEL_SCHEDULES,
    ...LIFE_CYCLE_SCHEDULES,
    ...BLOCKING_SCHEDULES,
    ...ICMP_SCHEDULES,
    ...SYN_SCHEDULES,
    ...SYN_RESENT,
    ...LOST_SYN_SCHEDULES,
    ...SYN_SENT_SCHEDULES,
    ...TEARDOWN_SCHEDULES,
    ...RTO_SCHEDULES,
    ...ACK_SCHEDULES,
    ...CORK_SCHEDULES,
    ...PROBE_SCHEDULES,
  ],
  sections: new Map([
    ['client 0', ['what the timer wheel makes of timers', '定时器轮对定时器的取整']],
    ['client 1.1', ['connect(): order of decisions', 'connect()：判断的次序']],
    ['client 1.2', ['a non-blocking connect() from call to call', '非阻塞 connect() 的每一步']],
    ['client 1.3', ['how an attempt ends', '连接尝试的结局']],
    ['client 1.4', ['ICMP errors by type and code', '按类型和代码区分的 ICMP 错误']],
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
    [
      'client 4',
      ['a segment in SYN-SENT, the third ACK, challenge ACKs', 'SYN-SENT 中的报文段、第三个 ACK、质询 ACK'],
    ],
    ['client 5', ['closing, and poll() meanwhile', '关闭，以及其间的 poll()']],
    [
      'client 6',
      [
        'data: RTO, loss recovery, probes, ACKs, Nagle, windows, keepalive',
        '数据：RTO、丢失恢复、探测、ACK、Nagle、窗口、保活',
      ],
    ],
  ]),
};
