// The socket options that decide about connections, and the backlog argument of listen().

import type { SockOptionName } from '@halfopen/engine';
import type { Entry } from './entry.ts';

export const OPTION_ENTRIES = {
  backlog: {
    means: [
      'The second argument of listen(): how many connections may wait in the accept queue, and how many in the SYN queue.',
      'listen() 的第二个参数（监听队列上限）：全连接队列和半连接队列各能容纳多少连接。',
    ],
    when: [
      'At listen(), cut to somaxconn; a negative value means somaxconn. A second listen() on the same socket changes it at once.',
      '在 listen() 时取值，不超过 somaxconn；负值表示 somaxconn。对同一套接字再次 listen() 会立即生效。',
    ],
    kernel: '__sys_listen, sk_max_ack_backlog',
    myths: ['M5', 'M11', 'M15'],
    todo: [
      'Send-Q of ss -lnt shows what is in force. nginx and Node.js ask for 511 by default.',
      'ss -lnt 的 Send-Q 显示实际生效的值。nginx 和 Node.js 默认使用 511。',
    ],
    versions: [
      'Until 4.3 the SYN queue was a table of its own, sized by a power of two.',
      '4.3 及更早的内核中，半连接队列是单独的表，大小为 2 的幂。',
    ],
    see: ['net.core.somaxconn', 'Send-Q', 'TcpExtListenOverflows'],
  },
  SO_REUSEADDR: {
    means: [
      'Allows bind() to an address and port that are in use by no listener, if the other socket had the option too.',
      '允许 bind() 到没有监听者使用的地址和端口，前提是对方套接字也设置了该选项。',
    ],
    when: [
      'Read at bind() and listen(). Accepted connections and TIME-WAIT inherit it from their listener.',
      '在 bind() 和 listen() 时读取。已接受的连接和 TIME-WAIT 从监听套接字继承。',
    ],
    kernel: 'inet_bind_conflict',
    mistaken: [
      'On Linux it does not let two sockets listen on one port, nor a listener on an address beside one on 0.0.0.0.',
      '在 Linux 上，它不允许两个套接字监听同一端口，也不允许监听特定地址与监听 0.0.0.0 并存。',
    ],
    see: ['EADDRINUSE', 'SO_REUSEPORT', 'TIME-WAIT'],
  },
  SO_REUSEPORT: {
    means: [
      'Several listeners of one user on the same address and port; each new connection goes to one of them by a hash.',
      '同一用户的多个套接字监听同一地址和端口；每个新连接按哈希分给其中之一。',
    ],
    when: ['Set on every socket before bind().', '在每个套接字 bind() 之前设置。'],
    kernel: 'reuseport_select_sock',
    mistaken: [
      'It does not look at queues: a member whose accept queue is full drops its share. Closing one resets the connections in its queue unless tcp_migrate_req=1.',
      '它不考虑队列：全连接队列已满的成员照样分到连接并丢弃。关闭其中一个会重置其队列中的连接，除非 tcp_migrate_req=1。',
    ],
    since: '3.9',
    see: ['net.ipv4.tcp_migrate_req', 'TcpExtListenOverflows', 'EADDRINUSE'],
  },
  SO_LINGER: {
    means: [
      'What close() does with unsent data: on with 0 s sends RST; on with more waits that long; off returns at once and goes on in the background.',
      'close() 如何处理未发送的数据：开启且为 0 秒则发送 RST；开启且大于 0 则最多等待这么久；关闭则立即返回并在后台继续。',
    ],
    when: ['Read at close().', '在 close() 时读取。'],
    kernel: '__tcp_close, inet_release',
    mistaken: [
      'With a time, close() blocks even with O_NONBLOCK, and returns 0 whether or not the peer has answered.',
      '设置时间后，即使是 O_NONBLOCK，close() 也会阻塞，且不论对端是否应答都返回 0。',
    ],
    see: ['TcpExtTCPAbortOnData', 'TCP_LINGER2', 'TIME-WAIT'],
  },
  SO_KEEPALIVE: {
    means: [
      'Probes an idle connection, and resets it when no probe is answered.',
      '探测空闲的连接，得不到应答时将其重置。',
    ],
    when: ['After tcp_keepalive_time without traffic.', '空闲 tcp_keepalive_time 之后。'],
    kernel: 'tcp_keepalive_timer',
    see: ['net.ipv4.tcp_keepalive_time', 'TCP_KEEPIDLE', 'TCP_KEEPINTVL', 'TCP_KEEPCNT'],
  },
  SO_ERROR: {
    means: ['The errno of a connection that failed; reading it clears it.', '连接失败的 errno；读取后清除。'],
    when: [
      'Set when a connection fails; a non-blocking connect() is asked for its result by it.',
      '连接失败时设置；用于查询非阻塞 connect() 的结果。',
    ],
    kernel: 'sock_error',
    see: ['EINPROGRESS', 'ECONNABORTED'],
  },
  SO_SNDTIMEO: {
    means: ['How long connect() and send() wait.', 'connect() 和 send() 等待多久。'],
    when: ['Read by the call.', '调用时读取。'],
    kernel: 'sock_sndtimeo',
    mistaken: [
      'connect() then fails with EINPROGRESS, not ETIMEDOUT, and goes on.',
      '此时 connect() 返回 EINPROGRESS 而不是 ETIMEDOUT，且仍在后台继续。',
    ],
    see: ['EINPROGRESS', 'EALREADY'],
  },
  SO_RCVTIMEO: {
    means: ['How long recv() and accept() wait.', 'recv() 和 accept() 等待多久。'],
    when: [
      'Read by the call; then EAGAIN. connect() does not look at it.',
      '调用时读取；到时返回 EAGAIN。connect() 不使用它。',
    ],
    kernel: 'sock_rcvtimeo',
    see: ['EAGAIN', 'SO_SNDTIMEO'],
  },
  SO_RCVBUF: {
    means: [
      'Size of the receive buffer; it switches automatic growth off.',
      '接收缓冲区大小；设置后不再自动增大。',
    ],
    when: [
      'Cut to rmem_max and doubled at setsockopt(). Set before connect() or listen(), it also decides the window scale.',
      'setsockopt() 时不超过 rmem_max，并加倍。在 connect() 或 listen() 之前设置还会影响窗口扩大因子。',
    ],
    kernel: '__sock_set_rcvbuf, tcp_select_initial_window',
    see: ['net.core.rmem_max', 'net.ipv4.tcp_rmem'],
  },
  SO_SNDBUF: {
    means: [
      'Size of the send buffer; it switches automatic growth off.',
      '发送缓冲区大小；设置后不再自动增大。',
    ],
    when: ['Cut to wmem_max and doubled at setsockopt().', 'setsockopt() 时不超过 wmem_max，并加倍。'],
    kernel: 'sk_setsockopt',
    see: ['net.core.wmem_max', 'net.ipv4.tcp_wmem'],
  },
  IPV6_V6ONLY: {
    means: [
      'An IPv6 socket serves IPv6 only; off, one bound to :: takes the port of IPv4 too.',
      'IPv6 套接字只用于 IPv6；关闭时，bind 到 :: 也会占用 IPv4 的端口。',
    ],
    when: [
      'Set before bind(); new sockets take it from net.ipv6.bindv6only.',
      '在 bind() 之前设置；新套接字取自 net.ipv6.bindv6only。',
    ],
    kernel: 'ipv6_rcv_saddr_equal',
    see: ['net.ipv6.bindv6only', 'EADDRINUSE'],
  },
  IP_BIND_ADDRESS_NO_PORT: {
    means: [
      'bind() to an address with port 0 takes no port yet; connect() chooses one.',
      'bind(地址, 端口 0) 时暂不占用端口，由 connect() 选择。',
    ],
    when: [
      'Read at bind(). The port is then shared between destinations, as without bind().',
      '在 bind() 时读取。这样端口可由多个目的地共用，与不调用 bind() 时一样。',
    ],
    kernel: '__inet_bind',
    myths: ['M12'],
    todo: [
      'For clients and proxies that bind a source address before connect().',
      '适用于在 connect() 之前绑定源地址的客户端和代理。',
    ],
    since: '4.2',
    see: ['EADDRNOTAVAIL', 'net.ipv4.ip_local_port_range'],
  },
  IP_LOCAL_PORT_RANGE: {
    means: ['A range of ephemeral ports for one socket.', '单个套接字的临时端口范围。'],
    when: [
      'Read when a port is chosen; an end outside ip_local_port_range is ignored.',
      '选择端口时读取；超出 ip_local_port_range 的一端被忽略。',
    ],
    kernel: 'inet_sk_get_local_port_range',
    since: '6.3',
    see: ['net.ipv4.ip_local_port_range'],
  },
  TCP_DEFER_ACCEPT: {
    means: [
      'On a listener: a connection enters the accept queue only when its first data has come, or when the time has passed.',
      '用于监听套接字：首个数据到达或超时之后，连接才进入全连接队列。',
    ],
    when: [
      'A bare third ACK is swallowed while it lasts. The seconds are rounded up to 1, 3, 7, 15, 31 …',
      '期间吞掉不带数据的第三个 ACK。秒数向上取为 1、3、7、15、31……',
    ],
    kernel: 'tcp_check_req, reqsk_timer_handler',
    mistaken: [
      'The client is connected all that time; only the server shows SYN-RECV.',
      '这段时间客户端已是连接状态，只有服务端显示 SYN-RECV。',
    ],
    see: ['SYN-RECV', 'TcpExtTCPDeferAcceptDrop'],
  },
  TCP_SYNCNT: {
    means: [
      'SYN resends of this socket; on a listener, SYN-ACK resends.',
      '该套接字的 SYN 重传次数；用于监听套接字时为 SYN-ACK 重传次数。',
    ],
    when: [
      'Read when the timer fires, instead of tcp_syn_retries or tcp_synack_retries. From 1 to 127.',
      '定时器到期时读取，替代 tcp_syn_retries 或 tcp_synack_retries。范围 1 到 127。',
    ],
    kernel: 'tcp_write_timeout, reqsk_timer_handler',
    see: ['net.ipv4.tcp_syn_retries', 'net.ipv4.tcp_synack_retries'],
  },
  TCP_USER_TIMEOUT: {
    means: [
      'How long data, or a SYN, may stay without an answer before ETIMEDOUT, in ms.',
      '数据或 SYN 得不到应答多久后返回 ETIMEDOUT，单位毫秒。',
    ],
    when: [
      'Read when the retransmission timer fires, instead of tcp_retries2.',
      '重传定时器到期时读取，替代 tcp_retries2。',
    ],
    kernel: 'tcp_write_timeout, tcp_clamp_rto_to_user_timeout',
    mistaken: [
      'For connect() it shortens nothing below the first second, and does not go beyond tcp_syn_retries.',
      '对 connect()，它不会短于最初的 1 秒，也不会超过 tcp_syn_retries。',
    ],
    since: '2.6.37',
    see: ['ETIMEDOUT', 'net.ipv4.tcp_retries2', 'net.ipv4.tcp_syn_retries'],
  },
  TCP_RTO_MAX_MS: {
    means: ['Cap of the retransmission timeout of this socket.', '该套接字重传超时的上限。'],
    when: ['Read when a timeout is doubled. From 1000 to 120000.', '超时加倍时读取。范围 1000 到 120000。'],
    kernel: 'tcp_rto_max',
    since: '6.15',
    see: ['net.ipv4.tcp_rto_max_ms'],
  },
  TCP_LINGER2: {
    means: [
      'How long this socket, once closed, stays in FIN-WAIT-2; negative: RST instead.',
      '该套接字关闭后在 FIN-WAIT-2 停留多久；负值则发送 RST。',
    ],
    when: [
      'Read at close(), and when the FIN of an orphan is acknowledged.',
      '在 close() 时，以及孤儿连接的 FIN 得到确认时读取。',
    ],
    kernel: '__tcp_close, tcp_fin_time',
    see: ['net.ipv4.tcp_fin_timeout', 'FIN-WAIT-2'],
  },
  TCP_KEEPIDLE: {
    means: [
      'Idle time before the first keepalive probe of this socket.',
      '该套接字空闲多久后发送第一个保活探测。',
    ],
    when: [
      'Read when the keepalive timer is set; only with SO_KEEPALIVE.',
      '设置保活定时器时读取；需要 SO_KEEPALIVE。',
    ],
    kernel: 'keepalive_time_when',
    see: ['SO_KEEPALIVE', 'net.ipv4.tcp_keepalive_time'],
  },
  TCP_KEEPINTVL: {
    means: ['Time between keepalive probes of this socket.', '该套接字保活探测的间隔。'],
    when: ['Read when a probe has been sent; only with SO_KEEPALIVE.', '发出探测后读取；需要 SO_KEEPALIVE。'],
    kernel: 'keepalive_intvl_when',
    see: ['SO_KEEPALIVE', 'net.ipv4.tcp_keepalive_intvl'],
  },
  TCP_KEEPCNT: {
    means: [
      'Unanswered keepalive probes of this socket before it is reset.',
      '该套接字重置之前，允许多少个保活探测没有应答。',
    ],
    when: [
      'Read when the keepalive timer fires; only with SO_KEEPALIVE.',
      '保活定时器到期时读取；需要 SO_KEEPALIVE。',
    ],
    kernel: 'keepalive_probes',
    see: ['SO_KEEPALIVE', 'net.ipv4.tcp_keepalive_probes'],
  },
  TCP_NODELAY: {
    means: [
      'Small segments leave at once instead of waiting for an ACK (Nagle off).',
      '小报文段立即发送，不等待 ACK（关闭 Nagle）。',
    ],
    when: [
      'Read at send(). With Nagle on, a partial segment waits only while an earlier partial one is not acknowledged.',
      '在 send() 时读取。开启 Nagle 时，不满的报文段只在先前不满的报文段未确认时等待。',
    ],
    kernel: 'tcp_nagle_check',
    see: ['TCP_CORK', 'TcpExtDelayedACKs'],
  },
  TCP_CORK: {
    means: [
      'Partial segments wait until they are full or the option is taken away.',
      '不满的报文段一直等到填满，或取消该选项。',
    ],
    when: [
      'Read at send(); a waiting tail leaves by the probe timer, after max(RTO, 200 ms).',
      '在 send() 时读取；等待的尾部由探测定时器在 max(RTO, 200 ms) 之后发出。',
    ],
    kernel: 'tcp_nagle_check',
    see: ['TCP_NODELAY'],
  },
  TCP_QUICKACK: {
    means: ['ACKs at once (1) or delayed (0).', '立即发送 ACK（1）或延迟发送（0）。'],
    when: [
      'Set for now; the kernel may change it again. 0 before connect() delays the third ACK too.',
      '只对当前有效，内核之后可能改变。在 connect() 之前设为 0 会连第三个 ACK 也延迟。',
    ],
    kernel: '__tcp_sock_set_quickack',
    see: ['TcpExtDelayedACKs'],
  },
  TCP_MAXSEG: {
    means: ['Upper bound of the segment size that is offered and used.', '通告和使用的报文段大小上限。'],
    when: [
      'Set before connect() or listen(): it lowers the MSS in the SYN or SYN-ACK.',
      '在 connect() 或 listen() 之前设置：减小 SYN 或 SYN-ACK 中的 MSS。',
    ],
    kernel: 'tcp_mss_clamp',
    see: ['net.ipv4.tcp_min_snd_mss'],
  },
  TCP_FASTOPEN: {
    means: [
      'On a listener: accept data in the SYN, with at most so many unfinished connections.',
      '用于监听套接字：接受 SYN 中的数据，并限定未完成连接的数量。',
    ],
    when: [
      'Read at a SYN with the Fast Open option; bit 2 of tcp_fastopen must be set.',
      '收到带 Fast Open 选项的 SYN 时读取；tcp_fastopen 须含值 2。',
    ],
    kernel: 'tcp_try_fastopen',
    see: ['net.ipv4.tcp_fastopen', 'TcpExtTCPFastOpenListenOverflow'],
  },
} as const satisfies Partial<Record<SockOptionName | 'backlog' | 'TCP_FASTOPEN', Entry>>;
