// Facts of the client sheet that no test here can state.

import type { Omission } from './differences.ts';

export const CLIENT_OMISSIONS: readonly Omission[] = [
  {
    cite: 'client 1.1',
    what: 'a first SYN that a packet filter or a queue drops: only ECONNREFUSED comes out of connect()',
    reason: 'the engine has neither on its way out; packets are lost on links',
    zh: [
      '第一个 SYN 被包过滤器或队列丢弃：connect() 只会传出 ECONNREFUSED',
      '引擎的发送路径上没有这两样；报文在链路上丢失',
    ],
  },
  {
    cite: 'client 1.1',
    what: 'an address structure that is too short or too long, or of a family such as AF_UNIX',
    reason:
      'an address is a typed value in the engine: it has no length, and its family is AF_INET or AF_INET6',
    zh: [
      '过短或过长的地址结构，以及 AF_UNIX 之类的地址族',
      '在引擎里地址是有类型的值：没有长度，地址族只有 AF_INET 和 AF_INET6',
    ],
  },
  {
    cite: 'client 1.2',
    what: 'SIGPIPE beside EPIPE, and that a blocking connect() over loopback switches no context',
    reason: 'signals and context switches belong to processes, not to the engine',
    instead: 'test/readiness/signals.ts',
    zh: [
      'EPIPE 之外的 SIGPIPE，以及经由环回的阻塞 connect() 不发生上下文切换',
      '信号和上下文切换属于进程，不属于引擎',
    ],
  },
  {
    cite: 'client 1.3',
    what: 'calls that sleep: SO_SNDTIMEO, a repeated connect(), signals with and without SA_RESTART',
    reason: 'calls of this harness never block; programs that block run on both kernels',
    instead: 'test/readiness/connect.ts',
    zh: [
      '会睡眠的调用：SO_SNDTIMEO、重复的 connect()、带或不带 SA_RESTART 的信号',
      '这个测试台的调用从不阻塞；会阻塞的程序在两个内核上运行',
    ],
  },
  {
    cite: 'client 1.3',
    what: 'a next hop that nobody answers for: EHOSTUNREACH at 3.07 s, SpuriousRtxHostQueues',
    reason: 'the engine has no neighbour table',
    zh: ['没有人应答的下一跳：3.07 秒后 EHOSTUNREACH，SpuriousRtxHostQueues', '引擎没有邻居表'],
  },
  {
    cite: 'client 1.3',
    what: 'OUTPUT rules that drop or reject: TCPRetransFail, LockDroppedIcmps and the soft error that it leaves',
    reason: 'the engine has no packet filter',
    zh: [
      'OUTPUT 链上的 drop 或 reject 规则：TCPRetransFail、LockDroppedIcmps 以及它留下的软错误',
      '引擎没有包过滤器',
    ],
  },
  {
    cite: 'client 2.1',
    what: 'the first port of the other parity is that of connection 14117 of 28232',
    reason: 'needs more descriptors than a process has; rows do it with ranges of 20 ports',
    instead: 'packages/engine/src/inet/ephemeral-ports.test.ts',
    zh: [
      '第一个另一奇偶性的端口出现在 28232 个连接中的第 14117 个',
      '所需的描述符超过一个进程的上限；这里的行用 20 个端口的范围来验证',
    ],
  },
  {
    cite: 'client 2.2',
    what: '14000 connections over 50 destinations used 9160 distinct ports, 3659 of them shared',
    reason: 'how many are shared is chance; that they are is in rows',
    zh: [
      '14000 个连接去往 50 个目的地，用了 9160 个不同端口，其中 3659 个被共用',
      '共用多少全凭偶然；可以共用这一点有行验证',
    ],
  },
  {
    cite: 'client 3',
    what: 'Fast Open: its option, cookie and data are in the first SYN only',
    reason: 'the engine leaves Fast Open out',
    zh: ['Fast Open：选项、cookie 和数据只在第一个 SYN 里', '引擎没有实现 Fast Open'],
  },
  {
    cite: 'client 4',
    what: 'the third ACK waits for the data of a writer that sleeps in send()',
    reason: 'in the engine calls do not sleep; a blocking send() is tried again when the connection is open',
    zh: [
      '有写者睡在 send() 里时，第三个 ACK 等着随数据一起发出',
      '引擎里的调用不会睡眠；阻塞的 send() 在连接打开后再试一次',
    ],
  },
  {
    cite: 'client 4',
    what: 'a SYN-ACK with CWR, or with ECE and CWR: 6.18 takes it as Accurate ECN',
    reason: 'the engine has ECN of RFC 3168 only',
    zh: ['带 CWR 或同时带 ECE 和 CWR 的 SYN-ACK：6.18 当作 Accurate ECN', '引擎只有 RFC 3168 的 ECN'],
  },
  {
    cite: 'client 4',
    what: 'a Fast Open client: MSG_FASTOPEN, TCP_FASTOPEN_CONNECT, cookies, TCPFastOpenActive*',
    reason: 'the engine leaves Fast Open out',
    zh: [
      'Fast Open 客户端：MSG_FASTOPEN、TCP_FASTOPEN_CONNECT、cookie、TCPFastOpenActive*',
      '引擎没有实现 Fast Open',
    ],
  },
  {
    cite: 'client 5',
    what: 'close() with SO_LINGER above 0 blocks until the FIN is acknowledged or the time is over, even with O_NONBLOCK',
    reason: 'calls of this harness never block; programs of scenarios do, on both kernels',
    instead: 'packages/simnet/src/process.test.ts',
    zh: [
      'SO_LINGER 大于 0 时 close() 会阻塞，直到 FIN 被确认或时间用完，即使设了 O_NONBLOCK',
      '这个测试台的调用从不阻塞；场景里的程序会，在两个内核上都是',
    ],
  },
  {
    cite: 'client 6',
    what: 'data given up after 924.6 s by default, keepalive probes after two hours',
    reason: 'nobody waits that long on the real kernel; the rows use shorter settings',
    instead: 'packages/engine/src/tcp/retransmit.test.ts',
    zh: ['默认在 924.6 s 后放弃数据；两小时后才发保活探测', '在真实内核上没有人等那么久；各行用较短的设置'],
  },
  {
    cite: 'client 6',
    what: 'tcp_retries1: the route is looked up anew',
    reason: 'the harness has one route',
    zh: ['tcp_retries1：重新查找路由', '测试台只有一条路由'],
  },
  {
    cite: 'client 6',
    what: 'CUBIC and HyStart, pacing, answers to ECN marks',
    reason: 'congestion control of the engine is Reno, unpaced; the rows set Reno on the kernel',
    zh: [
      'CUBIC 与 HyStart、发送节奏、对 ECN 标记的应答',
      '引擎的拥塞控制是 Reno，不控制节奏；各行在内核上也设为 Reno',
    ],
  },
  {
    cite: 'client 6',
    what: 'compressed SACKs: ACKs of out-of-order data held back for a fraction of the round trip',
    reason: 'switched off on the kernel (tcp_comp_sack_nr 0): no two runs share these fractions',
    zh: [
      '压缩的 SACK：乱序数据的 ACK 推迟往返时间的几分之一',
      '在内核上已关闭（tcp_comp_sack_nr 0）：没有两次运行的推迟相同',
    ],
  },
  {
    cite: 'client 6',
    what: 'the receive buffer grows towards tcp_rmem[2] with every round trip',
    reason: 'how far depends on when the reader came; scenarios with two kernels compare the windows',
    zh: ['接收缓冲区随每个往返向 tcp_rmem[2] 增长', '增长多少取决于读者何时来读；有两个内核的场景会比较窗口'],
  },
];
