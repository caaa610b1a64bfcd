// The errnos of the engine's table: which call gives each, and why. A new errno does not build without an entry.

import type { Errno } from '@halfopen/engine';
import type { Entry, Text } from './entry.ts';

interface ErrnoEntry extends Entry {
  /** What strerror() and so most programs print. */
  readonly says: string;
}

const e = (says: string, means: Text, when: Text, kernel: string, more: Partial<Entry> = {}): ErrnoEntry => ({
  says,
  means,
  when,
  kernel,
  ...more,
});

const CONNECTION = {
  EADDRINUSE: e(
    'Address already in use',
    ['Another socket has the address and port.', '该地址和端口已被其他套接字占用。'],
    [
      'bind() or listen() conflicts with a bound socket, a TIME-WAIT or an accepted connection of that port; bind() to port 0 finds no free port.',
      'bind() 或 listen() 与该端口上已绑定的套接字、TIME-WAIT 或已接受的连接冲突；bind(端口 0) 找不到空闲端口。',
    ],
    'inet_csk_get_port, inet_csk_listen_start',
    {
      mistaken: [
        'It never comes from connect(): that gives EADDRNOTAVAIL.',
        '它不会来自 connect()，后者返回 EADDRNOTAVAIL。',
      ],
      todo: [
        'After a restart: SO_REUSEADDR on the old and on the new listener lets bind() pass TIME-WAIT and accepted connections.',
        '重启服务时：新旧监听套接字都设置 SO_REUSEADDR，bind() 即可越过 TIME-WAIT 和已接受的连接。',
      ],
      see: ['SO_REUSEADDR', 'SO_REUSEPORT', 'EADDRNOTAVAIL'],
    },
  ),
  EADDRNOTAVAIL: e(
    'Cannot assign requested address',
    [
      'connect(): no local port is left for this destination. bind(): the address is not one of this host.',
      'connect()：没有可用于该目的地的本地端口（端口耗尽）。bind()：地址不属于本机。',
    ],
    [
      'connect() has tried every port of ip_local_port_range; or the bound port makes a connection that exists already; or bind() names a foreign address.',
      'connect() 试过 ip_local_port_range 的所有端口；或已绑定的端口与现有连接的四元组相同；或 bind() 指定了外部地址。',
    ],
    '__inet_hash_connect, __inet_bind',
    {
      myths: ['M12', 'M8', 'M9'],
      todo: [
        'Keep connections open, or spread them over more destinations. A client that binds an address first sets IP_BIND_ADDRESS_NO_PORT. No counter shows it: count the sockets of the destination with ss.',
        '使用长连接，或分散到更多目的地。先绑定地址的客户端应设置 IP_BIND_ADDRESS_NO_PORT。没有计数器反映它：用 ss 统计到该目的地的套接字数。',
      ],
      see: ['net.ipv4.ip_local_port_range', 'net.ipv4.tcp_tw_reuse', 'TIME-WAIT', 'IP_BIND_ADDRESS_NO_PORT'],
    },
  ),
  ECONNREFUSED: e(
    'Connection refused',
    [
      'The peer answered the SYN with RST, or an ICMP "port unreachable" came.',
      '对端以 RST 回应 SYN，或收到 ICMP“端口不可达”。',
    ],
    [
      'connect() gets RST with a good ACK in SYN-SENT: as a rule nobody listens on the port.',
      'connect() 在 SYN-SENT 收到确认正确的 RST：通常是该端口无人监听。',
    ],
    'tcp_rcv_synsent_state_process, tcp_reset, tcp_v4_err',
    {
      mistaken: [
        'A full accept queue does not refuse: its SYNs are dropped in silence, and connect() waits until ETIMEDOUT.',
        '全连接队列已满不会拒绝连接：SYN 被悄悄丢弃，connect() 一直等到 ETIMEDOUT。',
      ],
      see: ['ETIMEDOUT', 'ECONNRESET', 'TcpOutRsts'],
    },
  ),
  ECONNRESET: e(
    'Connection reset by peer',
    ['The peer ended the connection with RST.', '对端以 RST 终止了连接。'],
    [
      'RST at the expected number in ESTAB or later; the call gets it once, then recv() returns 0 and send() EPIPE. In CLOSE-WAIT it is EPIPE.',
      '在 ESTAB 及之后的状态收到序号正确的 RST；调用只得到一次，之后 recv() 返回 0，send() 返回 EPIPE。在 CLOSE-WAIT 则是 EPIPE。',
    ],
    'tcp_reset',
    {
      mistaken: [
        'It need not be a crash: close() with unread data sends RST, and so does a listener that closes with connections in its queue.',
        '不一定是崩溃：close() 时有未读数据会发 RST，监听套接字关闭时也会重置队列中的连接。',
      ],
      see: ['EPIPE', 'TcpEstabResets', 'TcpExtTCPAbortOnClose'],
    },
  ),
  ETIMEDOUT: e(
    'Connection timed out',
    ['No answer came within the time of all resends.', '在全部重传的时间内没有得到应答。'],
    [
      'connect() after the last SYN (131 s with the defaults of 6.18); an established connection after tcp_retries2, TCP_USER_TIMEOUT or the keepalive probes.',
      'connect() 在最后一次 SYN 重传之后（6.18 默认 131 秒）；已建立的连接在 tcp_retries2、TCP_USER_TIMEOUT 或保活探测之后。',
    ],
    'tcp_write_err, tcp_write_timeout, tcp_keepalive_timer',
    {
      mistaken: [
        'SO_SNDTIMEO does not give it: connect() then fails with EINPROGRESS. If an ICMP error was noted, its errno comes instead.',
        '它不是 SO_SNDTIMEO 造成的，后者使 connect() 返回 EINPROGRESS。若已记录 ICMP 错误，则返回其对应的 errno。',
      ],
      myths: ['M2'],
      see: [
        'net.ipv4.tcp_syn_retries',
        'TCP_USER_TIMEOUT',
        'TcpExtTCPAbortOnTimeout',
        'TcpExtListenOverflows',
      ],
    },
  ),
  ECONNABORTED: e(
    'Software caused connection abort',
    [
      'A connect() failed, and somebody has fetched its errno already.',
      'connect() 已失败，且其 errno 已被取走。',
    ],
    [
      'connect() again after SO_ERROR was read on a failed socket; the next one starts afresh.',
      '在失败的套接字上读取 SO_ERROR 之后再次 connect()；再下一次则重新开始。',
    ],
    '__inet_stream_connect',
    {
      mistaken: [
        'accept() does not give it on Linux: a connection that was reset while it waited is returned all the same.',
        'Linux 的 accept() 不会返回它：排队期间被重置的连接照样返回。',
      ],
      see: ['SO_ERROR', 'ECONNRESET'],
    },
  ),
  EINPROGRESS: e(
    'Operation now in progress',
    ['connect() has begun and goes on without the caller.', 'connect() 已开始，并在后台继续。'],
    [
      'connect() with O_NONBLOCK, or when SO_SNDTIMEO has passed.',
      '设置了 O_NONBLOCK 的 connect()，或 SO_SNDTIMEO 已过。',
    ],
    '__inet_stream_connect',
    {
      mistaken: [
        'On loopback the connection may be established already when it is returned.',
        '在回环上，返回它时连接可能已经建立。',
      ],
      see: ['EALREADY', 'SYN-SENT', 'SO_SNDTIMEO'],
    },
  ),
  EALREADY: e(
    'Operation already in progress',
    ['An earlier connect() has not ended yet.', '先前的 connect() 尚未结束。'],
    [
      'connect() in SYN-SENT or SYN-RECV, also to another address.',
      '在 SYN-SENT 或 SYN-RECV 再次 connect()，即使地址不同。',
    ],
    '__inet_stream_connect',
    { see: ['EINPROGRESS'] },
  ),
  EISCONN: e(
    'Transport endpoint is already connected',
    ['The socket is connected or listens.', '套接字已连接，或正在监听。'],
    [
      'connect() on such a socket; after a non-blocking connect() the first repeat returns 0, later ones this.',
      '在这样的套接字上 connect()；非阻塞 connect() 成功后，第一次重复调用返回 0，之后返回它。',
    ],
    '__inet_stream_connect',
    { see: ['EALREADY'] },
  ),
  ENOTCONN: e(
    'Transport endpoint is not connected',
    ['The socket has no connection.', '套接字没有连接。'],
    [
      'recv(), shutdown() or getpeername() before a connection or after it has ended.',
      '在连接之前或结束之后调用 recv()、shutdown() 或 getpeername()。',
    ],
    'tcp_recvmsg_locked, inet_shutdown, inet_getname',
    { see: ['EPIPE'] },
  ),
  EPIPE: e(
    'Broken pipe',
    [
      'Sending on a connection that can no longer send; SIGPIPE comes with it.',
      '在不能再发送的连接上发送；同时产生 SIGPIPE。',
    ],
    [
      'send() after shutdown(SHUT_WR), after an error was fetched, or on a socket that was never connected; RST in CLOSE-WAIT.',
      'shutdown(SHUT_WR) 之后、错误已取走之后，或从未连接的套接字上 send()；在 CLOSE-WAIT 收到 RST。',
    ],
    'sk_stream_error, tcp_reset',
    {
      mistaken: [
        'ECONNRESET brings no SIGPIPE: the first send() after a reset gives that, the second EPIPE.',
        'ECONNRESET 不产生 SIGPIPE：复位之后第一次 send() 返回它，第二次才是 EPIPE。',
      ],
      todo: [
        'SIGPIPE ends the process, unless it is ignored, has a handler, or send() has MSG_NOSIGNAL.',
        'SIGPIPE 会终止进程，除非忽略它、设置处理函数，或 send() 带 MSG_NOSIGNAL。',
      ],
      see: ['ECONNRESET', 'CLOSE-WAIT'],
    },
  ),
  EAGAIN: e(
    'Resource temporarily unavailable',
    ['The call would have to wait.', '该调用需要等待。'],
    [
      'accept(), recv() or send() with O_NONBLOCK, or when SO_RCVTIMEO or SO_SNDTIMEO has passed.',
      '设置了 O_NONBLOCK 的 accept()、recv()、send()，或 SO_RCVTIMEO、SO_SNDTIMEO 已过。',
    ],
    'inet_csk_accept, tcp_recvmsg_locked, sk_stream_wait_memory',
    {
      mistaken: [
        'connect() of TCP never gives it; that of a unix socket with a full queue does.',
        'TCP 的 connect() 从不返回它；队列已满的 unix 套接字才会。',
      ],
      see: ['EINPROGRESS', 'SO_RCVTIMEO'],
    },
  ),
  EHOSTUNREACH: e(
    'No route to host',
    ['The host cannot be reached, although a route exists.', '有路由，但主机不可达。'],
    [
      'ICMP "host unreachable" or TTL exceeded in SYN-SENT; a next hop that does not answer ARP, after about 3 s; an "unreachable" route.',
      '在 SYN-SENT 收到 ICMP“主机不可达”或 TTL 超时；下一跳不回应 ARP（约 3 秒后）；“unreachable” 路由。',
    ],
    'tcp_v4_err, ip_route_output_key',
    { see: ['ENETUNREACH', 'IcmpInDestUnreachs'] },
  ),
  ENETUNREACH: e(
    'Network is unreachable',
    ['There is no route to the destination.', '没有到目的地的路由。'],
    [
      'connect() finds no route, or the destination is a broadcast address; ICMP "network unreachable" in SYN-SENT.',
      'connect() 找不到路由，或目的地是广播地址；在 SYN-SENT 收到 ICMP“网络不可达”。',
    ],
    'tcp_v4_connect, tcp_v4_err',
    { see: ['IpOutNoRoutes', 'EHOSTUNREACH'] },
  ),
  EMFILE: e(
    'Too many open files',
    ['The process has no file descriptor left.', '进程的文件描述符已用完。'],
    [
      'socket() or accept(); accept() reserves the descriptor first, so the connection stays in the queue.',
      'socket() 或 accept()；accept() 先预留描述符，因此连接仍留在队列中。',
    ],
    '__sys_accept4, get_unused_fd_flags',
    {
      mistaken: [
        'No connection is lost by it, but the accept queue fills up, and then ListenOverflows moves.',
        '它本身不会丢失连接，但全连接队列会积满，随后 ListenOverflows 增加。',
      ],
      see: ['TcpExtListenOverflows', 'ENFILE'],
    },
  ),
} as const satisfies Partial<Record<Errno, ErrnoEntry>>;

const OTHERS = {
  EPERM: e(
    'Operation not permitted',
    ['A right is missing.', '缺少权限。'],
    [
      'setsockopt() of an option that needs one, such as IP_TRANSPARENT.',
      '设置需要权限的选项，例如 IP_TRANSPARENT。',
    ],
    'do_ip_setsockopt',
    {
      mistaken: [
        'A packet that netfilter drops on its way out does not fail connect(): the SYN is resent.',
        '发出的 SYN 被 netfilter 丢弃时 connect() 不会失败，而是重传 SYN。',
      ],
    },
  ),
  ENOENT: e(
    'No such file or directory',
    ['No call on a TCP socket described here gives it.', '这里描述的 TCP 套接字调用都不返回它。'],
    [
      'Never by socket(), bind(), listen(), connect(), accept(), send() or recv() of TCP.',
      'TCP 的 socket()、bind()、listen()、connect()、accept()、send()、recv() 都不返回。',
    ],
    '-',
  ),
  ESRCH: e(
    'No such process',
    ['The process has ended, or there was none.', '进程已结束，或从未存在。'],
    ['kill() of a process that is over.', 'kill() 一个已经结束的进程。'],
    'kill_something_info',
    { see: ['EINTR'] },
  ),
  ENOSYS: e(
    'Function not implemented',
    ['The kernel, or this place, does not have the call.', '内核（或此处）没有这个系统调用。'],
    [
      'sigaction() and kill() of a program behind halfopen live, where nothing sends signals.',
      'halfopen live 背后的程序调用 sigaction()、kill()：那里没有谁发送信号。',
    ],
    '-',
  ),
  EINTR: e(
    'Interrupted system call',
    ['A signal came while the call waited.', '等待期间收到信号。'],
    [
      'accept(), connect(), recv() or send(), unless a part was done; with SA_RESTART only when SO_RCVTIMEO (for connect() and send() SO_SNDTIMEO) is set. poll(), epoll_wait() and sleeps always. strace prints ERESTARTSYS where SA_RESTART decides, which no program sees.',
      'accept()、connect()、recv()、send()，除非已完成一部分；使用 SA_RESTART 时，仅当设置了 SO_RCVTIMEO（connect() 和 send() 为 SO_SNDTIMEO）才返回。poll()、epoll_wait() 和睡眠总是返回。由 SA_RESTART 决定之处 strace 显示 ERESTARTSYS，程序看不到它。',
    ],
    'sock_intr_errno',
    {
      mistaken: [
        'connect() goes on all the same; calling it again waits for the end.',
        'connect() 仍在继续；再次调用会等待其结束。',
      ],
    },
  ),
  EBADF: e(
    'Bad file descriptor',
    ['The descriptor is not open.', '描述符没有打开。'],
    ['Any call on it.', '对它的任何调用。'],
    'sockfd_lookup_light',
  ),
  ENOMEM: e(
    'Cannot allocate memory',
    [
      'The kernel has no memory for the socket, its port or its data.',
      '内核没有内存供套接字、端口或数据使用。',
    ],
    ['connect() that cannot record its port, among others.', '例如 connect() 无法登记端口时。'],
    '__inet_hash_connect',
  ),
  EACCES: e(
    'Permission denied',
    ['The port or the route is not allowed.', '端口或路由不被允许。'],
    [
      'bind() below ip_unprivileged_port_start without CAP_NET_BIND_SERVICE; connect() over a "prohibit" route.',
      '没有 CAP_NET_BIND_SERVICE 而 bind() 低于 ip_unprivileged_port_start 的端口；connect() 命中 “prohibit” 路由。',
    ],
    '__inet_bind, ip_route_output_key',
    { see: ['net.ipv4.ip_unprivileged_port_start'] },
  ),
  EFAULT: e(
    'Bad address',
    ['A pointer leads nowhere.', '指针无效。'],
    [
      'Any call that takes one; accept() closes the connection that it could not report.',
      '任何带指针的调用；accept() 会关闭无法返回地址的连接。',
    ],
    '__sys_accept4',
  ),
  EINVAL: e(
    'Invalid argument',
    ['A value, or the state of the socket, does not fit the call.', '参数或套接字状态不适合该调用。'],
    [
      'accept() on a socket that does not listen; bind() of a bound socket; listen() in SYN-SENT or later; an address too short; an option out of range.',
      '在未监听的套接字上 accept()；对已绑定的套接字 bind()；在 SYN-SENT 及之后 listen()；地址过短；选项超出范围。',
    ],
    'inet_csk_accept, __inet_bind, __inet_listen_sk',
  ),
  ENFILE: e(
    'Too many open files in system',
    ['The host has no open file left.', '系统打开的文件数已达上限。'],
    ['socket() or accept(); the connection stays in the queue.', 'socket() 或 accept()；连接仍留在队列中。'],
    'alloc_empty_file',
    { see: ['EMFILE'] },
  ),
  ENONET: e(
    'Machine is not on the network',
    ['ICMP says that the source host is isolated.', 'ICMP 表示源主机被隔离。'],
    ['ICMP type 3 code 8 in SYN-SENT.', '在 SYN-SENT 收到 ICMP 类型 3 代码 8。'],
    'tcp_v4_err',
  ),
  EPROTO: e(
    'Protocol error',
    ['ICMP reports a bad header field.', 'ICMP 报告首部字段有误。'],
    ['ICMP type 12 in SYN-SENT.', '在 SYN-SENT 收到 ICMP 类型 12。'],
    'tcp_v4_err',
    { see: ['IcmpInParmProbs'] },
  ),
  EEXIST: e(
    'File exists',
    ['The epoll instance watches this descriptor already.', 'epoll 实例已在监视该描述符。'],
    ['epoll_ctl(EPOLL_CTL_ADD); EPOLL_CTL_MOD is meant.', 'epoll_ctl(EPOLL_CTL_ADD)；应改用 EPOLL_CTL_MOD。'],
    'do_epoll_ctl',
    { see: ['ENOENT'] },
  ),
  ELOOP: e(
    'Too many levels of symbolic links',
    [
      'One epoll instance would watch another, and the chain is too deep or a loop.',
      '一个 epoll 实例要监视另一个 epoll 实例，而链过深或成环。',
    ],
    [
      'epoll_ctl(EPOLL_CTL_ADD) of an epoll descriptor. The model refuses every such ADD so; Linux allows up to five levels.',
      '对 epoll 描述符执行 epoll_ctl(EPOLL_CTL_ADD)。本模型一律如此拒绝；Linux 最多允许五层嵌套。',
    ],
    'do_epoll_ctl, ep_loop_check',
  ),
  ENOTSOCK: e(
    'Socket operation on non-socket',
    ['The descriptor is no socket.', '描述符不是套接字。'],
    ['A socket call on a file or a pipe.', '对文件或管道执行套接字调用。'],
    'sockfd_lookup_light',
  ),
  EDESTADDRREQ: e(
    'Destination address required',
    ['A datagram has no destination.', '数据报没有目的地址。'],
    [
      'send() on an unconnected UDP socket; TCP gives EPIPE instead.',
      '在未连接的 UDP 套接字上 send()；TCP 返回的是 EPIPE。',
    ],
    'udp_sendmsg',
    { see: ['EPIPE'] },
  ),
  EMSGSIZE: e(
    'Message too long',
    ['ICMP asked for smaller packets.', 'ICMP 要求更小的报文。'],
    [
      'It belongs to ICMP type 3 code 4. For TCP that lowers the segment size and ends nothing.',
      '对应 ICMP 类型 3 代码 4。对 TCP 只会减小报文段，不会终止连接。',
    ],
    'tcp_v4_err, icmp_err_convert',
  ),
  ENOPROTOOPT: e(
    'Protocol not available',
    [
      'The option is not known, or cannot be set; or ICMP "protocol unreachable" came.',
      '选项未知或不能设置；或收到 ICMP“协议不可达”。',
    ],
    [
      'setsockopt() and getsockopt(); ICMP type 3 code 2 in SYN-SENT.',
      'setsockopt() 和 getsockopt()；在 SYN-SENT 收到 ICMP 类型 3 代码 2。',
    ],
    'do_tcp_setsockopt, tcp_v4_err',
  ),
  EPROTONOSUPPORT: e(
    'Protocol not supported',
    ['The protocol does not exist for this kind of socket.', '此类套接字没有该协议。'],
    ['socket().', 'socket()。'],
    'inet_create',
  ),
  ESOCKTNOSUPPORT: e(
    'Socket type not supported',
    ['The address family has no socket of this type.', '该地址族没有这种类型的套接字。'],
    ['socket().', 'socket()。'],
    'inet_create',
  ),
  EOPNOTSUPP: e(
    'Operation not supported',
    ['The socket cannot do this.', '套接字不支持该操作。'],
    [
      'listen() or accept() on UDP; ICMP type 3 code 5 in SYN-SENT.',
      '在 UDP 上 listen() 或 accept()；在 SYN-SENT 收到 ICMP 类型 3 代码 5。',
    ],
    'sock_no_listen, tcp_v4_err',
  ),
  EAFNOSUPPORT: e(
    'Address family not supported by protocol',
    ['The address is of another family than the socket.', '地址与套接字的地址族不同。'],
    ['bind() or connect().', 'bind() 或 connect()。'],
    '__inet_bind, tcp_v4_connect',
  ),
  ENETDOWN: e(
    'Network is down',
    ['The interface is down.', '网络接口未启用。'],
    [
      'Packet sockets give it. connect() of TCP over a device that is down gives ENETUNREACH.',
      '由 packet 套接字返回。TCP 的 connect() 在接口未启用时返回 ENETUNREACH。',
    ],
    'packet_snd',
    { see: ['ENETUNREACH'] },
  ),
  ENOBUFS: e(
    'No buffer space available',
    ['The kernel could not get memory for a packet.', '内核无法为报文分配内存。'],
    ['connect() without memory for its SYN.', 'connect() 没有内存构造 SYN。'],
    'tcp_connect',
  ),
  EHOSTDOWN: e(
    'Host is down',
    ['ICMP says that the host is unknown.', 'ICMP 表示主机未知。'],
    ['ICMP type 3 code 7 in SYN-SENT.', '在 SYN-SENT 收到 ICMP 类型 3 代码 7。'],
    'tcp_v4_err',
    { see: ['EHOSTUNREACH'] },
  ),
} as const satisfies Partial<Record<Errno, ErrnoEntry>>;

export const ERRNO_ENTRIES: Record<Errno, ErrnoEntry> = { ...CONNECTION, ...OTHERS };
