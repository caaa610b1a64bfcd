// Every row of the server sheet, in the order of the sheet.

import type { Sheet } from './case.ts';
import { ACCEPT } from './tables/accept.ts';
import { BACKLOG, BACKLOG_SCHEDULES } from './tables/backlog.ts';
import { BIND } from './tables/bind.ts';
import { COOKIE_SCHEDULES, COOKIES_7 } from './tables/cookies.ts';
import { COUNTER_SCHEDULES, COUNTERS } from './tables/counters.ts';
import { ESTABLISHED } from './tables/established.ts';
import { HANDSHAKE, HANDSHAKE_SCHEDULES } from './tables/handshake.ts';
import { LISTEN } from './tables/listen.ts';
import { LISTENER_CLOSE, LISTENER_CLOSE_SCHEDULES } from './tables/listener-close.ts';
import { SIMULTANEOUS_OPEN } from './tables/simultaneous-open.ts';
import { SYN } from './tables/syn.ts';
import { SYN_RECV } from './tables/syn-recv.ts';
import { SYNACK_SCHEDULES, SYNACK_TIMER } from './tables/synack-timer.ts';
import { SYSCTLS_11 } from './tables/sysctls.ts';
import { THIRD_ACK, THIRD_ACK_SCHEDULES } from './tables/third-ack.ts';
import { TIME_WAIT, TIME_WAIT_SCHEDULES } from './tables/time-wait.ts';

export const SERVER: Sheet = {
  name: 'server',
  cases: [
    ...BIND,
    ...LISTEN,
    ...SYN,
    ...BACKLOG,
    ...SYNACK_TIMER,
    ...THIRD_ACK,
    ...COOKIES_7,
    ...SYN_RECV,
    ...ESTABLISHED,
    ...TIME_WAIT,
    ...SIMULTANEOUS_OPEN,
    ...LISTENER_CLOSE,
    ...ACCEPT,
    ...HANDSHAKE,
    ...SYSCTLS_11,
    ...COUNTERS,
  ],
  schedules: [
    ...BACKLOG_SCHEDULES,
    ...SYNACK_SCHEDULES,
    ...THIRD_ACK_SCHEDULES,
    ...COOKIE_SCHEDULES,
    ...TIME_WAIT_SCHEDULES,
    ...LISTENER_CLOSE_SCHEDULES,
    ...HANDSHAKE_SCHEDULES,
    ...COUNTER_SCHEDULES,
  ],
  sections: new Map([
    ['2', ['bind()', 'bind()']],
    ['3', ['listen() and which listener a SYN reaches', 'listen() 以及 SYN 到达哪个监听者']],
    ['4.1', ['segments to a listener and to a closed port', '发往监听者和关闭端口的报文段']],
    ['4.2', ['order of checks on a SYN', '对 SYN 的检查次序']],
    ['4.4', ['backlog matrix', 'backlog 矩阵']],
    ['5', ['SYN-ACK timer, thinning, TCP_DEFER_ACCEPT', 'SYN-ACK 定时器、削减、TCP_DEFER_ACCEPT']],
    ['6', ['third ACK at a full accept queue', '接受队列已满时的第三个 ACK']],
    ['7', ['SYN cookies', 'SYN cookie']],
    ['8.1', ['one segment or ICMP error in SYN-RECV', 'SYN-RECV 中的一个报文段或 ICMP 错误']],
    ['8.2', ['one segment in ESTABLISHED', 'ESTABLISHED 中的一个报文段']],
    ['8.3', ['TIME-WAIT and FIN-WAIT-2', 'TIME-WAIT 与 FIN-WAIT-2']],
    ['8.4', ['simultaneous open', '同时打开']],
    ['8.5', ['a listener closes', '监听者关闭']],
    ['9', ['accept()', 'accept()']],
    ['10', ['ISN, timestamps, SYN-ACK, what a child starts with', 'ISN、时间戳、SYN-ACK、子连接的初值']],
    ['11', ['ranges of settings', '设置的取值范围']],
    ['13', ['event to counters', '事件与计数器']],
  ]),
};
