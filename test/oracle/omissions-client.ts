// Facts of the client sheet that no test here can state.

import type { Omission } from './differences.ts';

export const CLIENT_OMISSIONS: readonly Omission[] = [
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
