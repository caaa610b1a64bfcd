// Facts of the server sheet that no test here can state.

import type { Omission } from './differences.ts';

export const SERVER_OMISSIONS: readonly Omission[] = [
  {
    cite: '1',
    what: 'sizes of slab objects, bytes a connection costs, sizes of hash tables',
    reason: 'memory of the real kernel; the engine has records of its own',
    zh: [
      '内核 slab 对象的大小、每个连接占用的字节数、哈希表的大小',
      '那是真实内核的内存；引擎有自己的记录结构',
    ],
  },
  {
    cite: '2',
    what: 'an address structure that is too short, AF_UNSPEC with 0.0.0.0, a 28-byte structure that says AF_INET',
    reason: 'an address is a typed value in the engine: it has no length, and its family is what it is',
    zh: [
      '过短的地址结构、带 0.0.0.0 的 AF_UNSPEC、写着 AF_INET 的 28 字节结构',
      '在引擎里地址是有类型的值：没有长度，地址族也不会写错',
    ],
  },
  {
    cite: '3',
    what: 'listen() on a datagram socket (EOPNOTSUPP) and on what is no socket (ENOTSOCK)',
    reason: 'the harness makes TCP sockets only',
    instead: 'packages/engine/src/socket/listen.test.ts',
    zh: ['对数据报套接字（EOPNOTSUPP）和非套接字（ENOTSOCK）调用 listen()', '测试台只创建 TCP 套接字'],
  },
  {
    cite: '3',
    what: 'a plain SO_REUSEPORT listener shadows one that is bound to a device',
    reason: 'the engine has no SO_BINDTODEVICE',
    zh: ['普通的 SO_REUSEPORT 监听者会遮住绑定到设备的监听者', '引擎没有 SO_BINDTODEVICE'],
  },
  {
    cite: '3',
    what: '/proc/net/tcp, whose LISTEN row shows the accept queue as rx_queue',
    reason: 'the harness reads sock_diag, as ss does',
    zh: ['/proc/net/tcp，其中 LISTEN 行的 rx_queue 是接受队列', '测试台像 ss 一样读取 sock_diag'],
  },
  {
    cite: '4.2',
    what: 'a peer with an RTT in tcp_metrics passes the check for unproven peers',
    reason: 'the engine keeps no tcp_metrics, so every peer is unproven',
    zh: [
      '在 tcp_metrics 中已有 RTT 的对端可以通过“未经证实的对端”检查',
      '引擎不保存 tcp_metrics，所以每个对端都未经证实',
    ],
  },
  {
    cite: '6',
    what: 'a real client behind three overlapping handshakes: the times of its own retransmissions',
    reason: 'they are those of any client; scenarios with two kernels compare them',
    zh: ['三次握手互相重叠时真实客户端自己的重传时间', '与任何客户端的重传相同；有两个内核的场景会比较它们'],
  },
  {
    cite: '7',
    what: 'the log line of a SYN flood',
    reason: 'the log of the real kernel is read by the scenario runner, not by this harness',
    instead: 'packages/engine/src/tcp/syn-cookies.test.ts',
    zh: ['SYN 洪泛的内核日志', '真实内核的日志由场景运行器读取，不由这个测试台读取'],
  },
  {
    cite: '9',
    what: 'EFAULT and a negative addrlen lose the connection, a short buffer truncates the address',
    reason: 'the engine takes no pointers, so a bad one cannot be given',
    zh: ['EFAULT 和负的 addrlen 会丢掉连接；缓冲区过短时地址被截断', '引擎不接受指针，所以给不出坏指针'],
  },
  {
    cite: '9',
    what: 'accept() gives the address of the peer also when the connection is dead',
    reason: "the harness's accept() gives the descriptor only",
    instead: 'packages/engine/src/socket/accept.test.ts',
    zh: ['连接已死时 accept() 仍给出对端地址', '测试台的 accept() 只给出描述符'],
  },
  {
    cite: '9',
    what: 'unknown flags of accept4() (EINVAL), FD_CLOEXEC is not inherited',
    reason: 'the engine has no flags but O_NONBLOCK, and no exec()',
    zh: [
      'accept4() 的未知标志（EINVAL）；FD_CLOEXEC 不被继承',
      '除 O_NONBLOCK 外引擎没有别的标志，也没有 exec()',
    ],
  },
  {
    cite: '9',
    what: 'SO_RCVTIMEO on a listener, EINTR, the order in which blocked processes wake',
    reason: 'calls of this harness never block; scenarios with blocking programs run on both kernels',
    instead: 'test/readiness/signals.ts',
    zh: [
      '监听者上的 SO_RCVTIMEO、EINTR、被阻塞进程的唤醒次序',
      '这个测试台的调用从不阻塞；会阻塞的程序由场景在两个内核上运行',
    ],
  },
  {
    cite: '9',
    what: 'inheritance of options that the engine does not have (SO_DONTROUTE, SO_MARK, IP_MINTTL, TCP_CONGESTION …)',
    reason: 'not in the engine',
    zh: ['引擎没有的选项的继承（SO_DONTROUTE、SO_MARK、IP_MINTTL、TCP_CONGESTION 等）', '引擎没有这些选项'],
  },
  {
    cite: '9',
    what: 'a Fast Open server: cookies, data in the SYN, TCPFastOpen* counters',
    reason: 'the engine leaves Fast Open out',
    zh: ['Fast Open 服务器：cookie、SYN 里的数据、TCPFastOpen* 计数器', '引擎没有实现 Fast Open'],
  },
  {
    cite: '10',
    what: 'the secrets behind ISNs and timestamp offsets are the same in every network namespace',
    reason: 'in the engine a namespace is a machine of its own, with its own seed',
    zh: [
      'ISN 与时间戳偏移背后的密钥在所有网络命名空间中相同',
      '在引擎里一个命名空间就是一台机器，有自己的种子',
    ],
  },
  {
    cite: '11',
    what: 'default values of settings',
    reason:
      'the harness sets every sysctl to the value in the table of the engine, so that the rows are about one machine',
    instead: 'packages/engine/src/profile.test.ts',
    zh: ['各项设置的默认值', '测试台把每个 sysctl 都设成引擎表里的值，这样所有行说的是同一台机器'],
  },
];
