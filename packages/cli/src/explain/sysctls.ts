// The sysctls of the engine's table: what each does to a connection. A new row in SYSCTLS does not build without an entry.

import type { SysctlName } from '@halfopen/engine';
import type { SysctlEntry } from './entry.ts';
import { SYSCTLS_DATA } from './sysctls-data.ts';

const CONNECTION = {
  'net.core.somaxconn': {
    means: [
      'Cap on the backlog of listen(): the accept queue and the SYN queue of a listener each hold min(backlog, somaxconn) + 1.',
      'listen() 的 backlog 的上限：每个监听套接字的全连接队列和半连接队列各容纳 min(backlog, somaxconn) + 1 个连接。',
    ],
    when: [
      'Copied into the listener at each listen(); a later change touches no listener that exists.',
      '每次 listen() 时复制到监听套接字；之后再改，不影响已有的监听套接字。',
    ],
    myths: ['M5', 'M6', 'M11', 'M15'],
    todo: [
      'Read the limit in force in Send-Q of ss -lnt. After a change the service must call listen() again: nginx does on reload, Node.js, Java, Go and Python services need a restart.',
      '用 ss -lnt 的 Send-Q 查看实际生效的上限。修改后服务必须重新 listen()：nginx reload 即可，Node.js、Java、Go、Python 服务需要重启。',
    ],
    versions: [
      'In mainline 4.4 to 6.12 the SYN queue holds one less; until 4.3 it was a table of its own.',
      '主线 4.4 到 6.12 的半连接队列少容纳一个；4.3 及更早的内核中它是单独的表。',
    ],
    see: ['backlog', 'TcpExtListenOverflows', 'Send-Q'],
  },
  'net.ipv4.ip_local_port_range': {
    means: [
      'The ephemeral ports: the range from which connect() and bind() to port 0 choose, both ends included.',
      '临时端口范围：connect() 和 bind(端口 0) 从中选择端口，包含两端。',
    ],
    when: [
      'Read at each choice. connect() tries all ports of the parity of the low end first, so its search becomes long when half of the range is taken for one destination.',
      '每次选择端口时读取。connect() 先试与下限奇偶相同的所有端口，因此某个目的地占用一半端口后，查找就会变长。',
    ],
    myths: ['M9', 'M12'],
    todo: [
      'Ports of listeners inside the range go into net.ipv4.ip_local_reserved_ports; connections that stay open need fewer ports.',
      '落在范围内的监听端口应写入 net.ipv4.ip_local_reserved_ports；使用长连接可以少用端口。',
    ],
    versions: [
      'Two passes in steps of two since 4.6; before, one by one. 3.10 ends at 61000.',
      '4.6 起分两轮、每次跳两个端口；此前逐个查找。3.10 的上限是 61000。',
    ],
    see: ['EADDRNOTAVAIL', 'IP_BIND_ADDRESS_NO_PORT', 'net.ipv4.tcp_tw_reuse', 'IP_LOCAL_PORT_RANGE'],
  },
  'net.ipv4.ip_local_reserved_ports': {
    means: [
      'Ports that connect() and bind() to port 0 pass over, as a list such as 8080,9000-9010. Asking for one of them by name still works.',
      'connect() 和 bind(端口 0) 跳过的端口，写成列表，如 8080,9000-9010。明确指定其中的端口仍然可以。',
    ],
    when: [
      'Read at each choice; a write replaces the whole list, which is shown sorted and joined. With nothing but reserved ports left, connect() fails with EADDRNOTAVAIL and bind() with EADDRINUSE.',
      '每次选择端口时读取；写入会替换整个列表，显示时已排序并合并。只剩保留端口时，connect() 返回 EADDRNOTAVAIL，bind() 返回 EADDRINUSE。',
    ],
    todo: [
      'Put ports of services inside ip_local_port_range there, so that no outgoing connection takes them before the service starts.',
      '把落在 ip_local_port_range 内的服务端口写入这里，以免服务启动前被外连占用。',
    ],
    since: '2.6.35',
    see: ['net.ipv4.ip_local_port_range', 'EADDRNOTAVAIL', 'EADDRINUSE'],
  },
  'net.ipv4.ip_unprivileged_port_start': {
    means: [
      'First port that a process without CAP_NET_BIND_SERVICE may bind.',
      '没有 CAP_NET_BIND_SERVICE 的进程可以 bind 的第一个端口。',
    ],
    when: [
      'Read at bind() to a port other than 0; below it: EACCES.',
      'bind() 指定非 0 端口时读取；低于它则返回 EACCES。',
    ],
    since: '4.11',
    see: ['EACCES'],
  },
  'net.ipv4.ip_autobind_reuse': {
    means: [
      'Lets bind() to port 0 share a port with other SO_REUSEADDR sockets when no port is free.',
      '没有空闲端口时，允许 bind(端口 0) 与其他 SO_REUSEADDR 套接字共用端口。',
    ],
    when: [
      'Read at bind() to port 0 of a SO_REUSEADDR socket, for a second search after the first has found nothing.',
      'SO_REUSEADDR 套接字 bind(端口 0) 第一轮找不到端口时读取，决定是否做第二轮查找。',
    ],
    since: '5.7',
    see: ['SO_REUSEADDR', 'EADDRINUSE'],
  },
  'net.ipv4.ip_nonlocal_bind': {
    means: ['Allows bind() to an address that this host does not have.', '允许 bind() 到本机没有的地址。'],
    when: [
      'Read at bind(); when it is 0 and neither IP_FREEBIND nor IP_TRANSPARENT is set: EADDRNOTAVAIL.',
      'bind() 时读取；为 0 且没有设置 IP_FREEBIND 或 IP_TRANSPARENT 时返回 EADDRNOTAVAIL。',
    ],
    see: ['EADDRNOTAVAIL'],
  },
  'net.ipv6.bindv6only': {
    means: [
      'What IPV6_V6ONLY is on a new IPv6 socket: 0 lets a socket bound to :: serve IPv4 too.',
      '新建 IPv6 套接字的 IPV6_V6ONLY 初值：为 0 时，bind 到 :: 的套接字也接受 IPv4。',
    ],
    when: ['Copied into the socket at socket().', '在 socket() 时复制到套接字。'],
    see: ['IPV6_V6ONLY', 'EADDRINUSE'],
  },
  'net.ipv4.tcp_abort_on_overflow': {
    means: [
      'What happens to the third ACK of a handshake that finds the accept queue full: 0 drops it and keeps the request, other values answer with RST.',
      '握手的第三个 ACK 遇到全连接队列已满时如何处理：0 丢弃 ACK 并保留请求，其他值则回复 RST。',
    ],
    when: [
      'Read when the third ACK arrives. A SYN that finds the queue full is dropped whatever the value, and so is the ACK of a SYN cookie.',
      '第三个 ACK 到达时读取。SYN 到达时队列已满，无论取何值都丢弃；SYN cookie 的 ACK 也是如此。',
    ],
    myths: ['M3'],
    todo: [
      'With 0 a client can still get through once accept() has made room; look at ListenOverflows and Recv-Q instead of at resets.',
      '取 0 时，accept() 腾出位置后客户端仍能连上；应看 ListenOverflows 和 Recv-Q，而不是看 RST。',
    ],
    see: ['TcpExtListenOverflows', 'TcpExtEmbryonicRsts', 'Recv-Q'],
  },
  'net.ipv4.tcp_max_syn_backlog': {
    means: [
      'With tcp_syncookies=0, bounds the half-open connections of peers that have not proven themselves: a quarter of it is kept for peers with a known round-trip time.',
      '仅当 tcp_syncookies=0 时，限制未经验证的对端可占用的半连接数：其中四分之一留给已有往返时间记录的对端。',
    ],
    when: [
      'Read at a SYN. When less than a quarter is left and the peer has no RTT in tcp_metrics, the SYN is dropped and only ListenDrops moves.',
      '收到 SYN 时读取。剩余不足四分之一且对端在 tcp_metrics 中没有 RTT 时丢弃 SYN，此时只有 ListenDrops 增加。',
    ],
    myths: ['M1'],
    versions: [
      'Until 4.3 it also bounded the table of requests that listen() allocated.',
      '4.3 及更早的内核中，它还限制 listen() 分配的请求表的大小。',
    ],
    see: ['net.ipv4.tcp_syncookies', 'TcpExtListenDrops', 'TcpExtTCPReqQFullDrop', 'backlog'],
  },
  'net.ipv4.tcp_syncookies': {
    means: [
      'SYN cookies: 0 never, 1 when the SYN queue of a listener is full, 2 for every SYN. A cookie keeps no state for the half-open connection.',
      'SYN cookie：0 从不使用，1 在监听套接字的半连接队列满时使用，2 对每个 SYN 都使用。使用 cookie 时不保存半连接状态。',
    ],
    when: [
      'Read when a SYN arrives, and again when an ACK arrives that belongs to no connection. A value above 2 acts as 1.',
      'SYN 到达时读取；不属于任何连接的 ACK 到达时再次读取。大于 2 的值等同于 1。',
    ],
    mistaken: [
      'Cookies do not help against a full accept queue: that drops the SYN all the same.',
      'cookie 对全连接队列已满没有帮助：SYN 照样被丢弃。',
    ],
    myths: ['M14'],
    see: ['TcpExtSyncookiesSent', 'TcpExtTCPReqQFullDoCookies', 'Possible SYN flooding: Sending cookies'],
  },
  'net.ipv4.tcp_syn_retries': {
    means: [
      'How often connect() has its SYN sent again before ETIMEDOUT; TCP_SYNCNT sets it for one socket.',
      'connect() 在返回 ETIMEDOUT 之前重传 SYN 的次数；TCP_SYNCNT 可为单个套接字设置。',
    ],
    when: [
      'Read when the timer of a SYN fires. Given up after tcp_syn_retries + tcp_syn_linear_timeouts resends, or after 2^(n+1) - 1 s (n = tcp_syn_retries, while no timeout reaches tcp_rto_max_ms), whichever comes first.',
      'SYN 的定时器到期时读取。重传 tcp_syn_retries + tcp_syn_linear_timeouts 次之后，或经过 2^(n+1) - 1 秒（n 为 tcp_syn_retries，且超时未达 tcp_rto_max_ms）之后放弃，以先到者为准。',
    ],
    myths: ['M2'],
    versions: [
      'The default of 6 fails after a nominal 131 s with four linear timeouts (6.5), and after 127 s without them. 2.6.32 starts at 3 s.',
      '默认值 6：有四次线性超时（6.5 起）时约 131 秒后失败，没有时为 127 秒。2.6.32 的首次超时为 3 秒。',
    ],
    see: ['net.ipv4.tcp_syn_linear_timeouts', 'TCP_SYNCNT', 'ETIMEDOUT', 'TcpExtTCPSynRetrans'],
  },
  'net.ipv4.tcp_syn_linear_timeouts': {
    means: [
      'How many timeouts of a SYN stay at the first value (1 s) before they double.',
      'SYN 超时开始加倍之前，有多少次保持初始值（1 秒）。',
    ],
    when: [
      'Read when the timer of a socket in SYN-SENT fires. The SYN-ACK of a server always doubles.',
      'SYN-SENT 状态的定时器到期时读取。服务端的 SYN-ACK 超时总是加倍。',
    ],
    myths: ['M2'],
    since: '6.5',
    see: ['net.ipv4.tcp_syn_retries', 'TcpExtTCPSynRetrans', 'SYN-SENT'],
  },
  'net.ipv4.tcp_synack_retries': {
    means: [
      'How often a server sends a SYN-ACK again before it forgets the half-open connection.',
      '服务端在放弃半连接之前重传 SYN-ACK 的次数。',
    ],
    when: [
      'Read when the timer of a request fires; TCP_SYNCNT of the listener goes before it. With 5: resent at 1, 3, 7, 15, 31 s, gone at 63 s.',
      '请求的定时器到期时读取；监听套接字的 TCP_SYNCNT 优先。取 5 时在 1、3、7、15、31 秒重传，63 秒后消失。',
    ],
    mistaken: [
      'Five resends are not certain: in a listener more than half full, old requests are given up after two (7 s).',
      '并不保证重传五次：监听套接字的半连接超过一半时，旧请求只重传两次（7 秒）就被放弃。',
    ],
    see: ['SYN-RECV', 'TcpExtTCPTimeouts', 'TCP_SYNCNT'],
  },
  'net.ipv4.tcp_migrate_req': {
    means: [
      'Whether connections that wait in the queues of a closing SO_REUSEPORT listener move to another listener of its group.',
      '关闭 SO_REUSEPORT 监听套接字时，其队列中的连接是否移交给同组的其他监听套接字。',
    ],
    when: [
      'Read when the listener closes, and when an ACK or a timer finds the listener of a request closed. With 0 the queued connections get RST.',
      '监听套接字关闭时，以及 ACK 或定时器发现请求所属的监听套接字已关闭时读取。取 0 时，排队的连接收到 RST。',
    ],
    since: '5.14',
    see: ['SO_REUSEPORT', 'TcpExtTCPMigrateReqSuccess'],
  },
  'net.ipv4.tcp_reflect_tos': {
    means: [
      'The SYN-ACK carries the TOS of the SYN instead of that of the listener.',
      'SYN-ACK 使用 SYN 的 TOS，而不是监听套接字的 TOS。',
    ],
    when: ['Read when a SYN-ACK is sent.', '发送 SYN-ACK 时读取。'],
    since: '5.10',
  },
  'net.ipv4.tcp_fastopen': {
    means: [
      'TCP Fast Open, as bits: 1 for connect(), 2 for listeners.',
      'TCP Fast Open 的位开关：1 用于 connect()，2 用于监听套接字。',
    ],
    when: ['Read when a SYN with data is to be sent, or arrives.', '要发送或收到带数据的 SYN 时读取。'],
    since: '3.6',
    see: ['TcpExtTCPFastOpenPassive', 'TCP_FASTOPEN'],
  },
  'net.ipv4.tcp_timestamps': {
    means: [
      'The timestamp option of new connections: 0 off, 1 on with a random offset, 2 on without offset.',
      '新连接的时间戳选项：0 关闭，1 开启并加随机偏移，2 开启且不加偏移。',
    ],
    when: ['Read for each SYN and SYN-ACK.', '每个 SYN 和 SYN-ACK 都读取。'],
    mistaken: [
      'Turning it off has a price: without timestamps tcp_tw_reuse does nothing and SYN cookies lose window scaling and SACK.',
      '关闭它有代价：没有时间戳，tcp_tw_reuse 不起作用，SYN cookie 也会丢失窗口扩大和 SACK。',
    ],
    see: ['net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_syncookies', 'TcpExtPAWSEstab'],
  },
  'net.ipv4.tcp_tw_reuse': {
    means: [
      'Whether connect() may take the port of a connection in TIME-WAIT: 0 no, 1 yes, 2 only on loopback.',
      'connect() 能否使用处于 TIME-WAIT 的连接的端口：0 不能，1 能，2 仅限回环。',
    ],
    when: [
      'Read when connect() meets a TIME-WAIT of the same four addresses and ports. It must carry a timestamp and be older than tcp_tw_reuse_delay.',
      'connect() 遇到四元组相同的 TIME-WAIT 时读取。该 TIME-WAIT 必须带时间戳，且时长超过 tcp_tw_reuse_delay。',
    ],
    mistaken: [
      'It does nothing on a server that accepts connections, and it does not shorten TIME-WAIT.',
      '它对接受连接的服务端不起作用，也不会缩短 TIME-WAIT。',
    ],
    myths: ['M8'],
    see: ['TIME-WAIT', 'net.ipv4.tcp_tw_reuse_delay', 'TcpExtTWRecycled', 'EADDRNOTAVAIL'],
  },
  'net.ipv4.tcp_tw_reuse_delay': {
    means: [
      'How old a TIME-WAIT must be before connect() may take its port.',
      'TIME-WAIT 至少存在多久，connect() 才能使用它的端口。',
    ],
    when: [
      'Read together with tcp_tw_reuse, when connect() chooses a port.',
      'connect() 选择端口时与 tcp_tw_reuse 一起读取。',
    ],
    versions: ['Before 6.14 the age was compared in whole seconds.', '6.14 之前按整秒比较。'],
    since: '6.14',
    see: ['net.ipv4.tcp_tw_reuse', 'TIME-WAIT'],
  },
  'net.ipv4.tcp_max_tw_buckets': {
    means: [
      'How many TIME-WAIT sockets a namespace keeps.',
      '一个网络命名空间最多保留多少个 TIME-WAIT 套接字。',
    ],
    when: [
      'Read when a connection enters TIME-WAIT; above it the connection ends at once and TCPTimeWaitOverflow moves.',
      '连接进入 TIME-WAIT 时读取；超过时连接立即结束，TCPTimeWaitOverflow 增加。',
    ],
    mistaken: [
      'A low value is no cure for many TIME-WAIT sockets: it takes their protection against old segments away.',
      '调小它不能解决 TIME-WAIT 过多的问题：只会失去对旧报文的防护。',
    ],
    see: ['TIME-WAIT', 'TcpExtTCPTimeWaitOverflow'],
  },
  'net.ipv4.tcp_fin_timeout': {
    means: [
      'How long a connection that the process has closed waits in FIN-WAIT-2 for the FIN of the peer.',
      '进程已关闭的连接在 FIN-WAIT-2 中等待对端 FIN 的时间。',
    ],
    when: [
      'Read when close() or the ACK of the FIN puts an orphan into FIN-WAIT-2. A socket that is still open waits without a timer.',
      'close() 或 FIN 的 ACK 使孤儿连接进入 FIN-WAIT-2 时读取。仍被进程打开的套接字没有定时器，会一直等待。',
    ],
    myths: ['M7'],
    see: ['FIN-WAIT-2', 'TIME-WAIT', 'TCP_LINGER2'],
  },
  'net.ipv4.tcp_rfc1337': {
    means: ['Ignore a RST that arrives in TIME-WAIT.', '忽略 TIME-WAIT 状态下收到的 RST。'],
    when: [
      'Read when a RST reaches a TIME-WAIT socket; with 0 a RST at the expected number ends it.',
      'TIME-WAIT 套接字收到 RST 时读取；取 0 时，序号正确的 RST 会结束它。',
    ],
    see: ['TIME-WAIT'],
  },
  'net.ipv4.tcp_max_orphans': {
    means: [
      'How many sockets that no process holds any more may be in the closing handshake.',
      '允许多少个不再属于任何进程的套接字处于关闭握手中。',
    ],
    when: [
      'Read when close() makes an orphan, and when a timer of an orphan fires; above it the orphan gets RST.',
      'close() 产生孤儿连接时，以及孤儿连接的定时器到期时读取；超过时对其发送 RST。',
    ],
    see: ['TcpExtTCPAbortOnMemory', 'FIN-WAIT-1'],
  },
  'net.ipv4.tcp_orphan_retries': {
    means: [
      'How often the FIN of a closed socket is resent before it is given up; 0 means 8.',
      '进程已关闭的套接字放弃之前重传 FIN 的次数；0 表示 8 次。',
    ],
    when: ['Read when the retransmission timer of an orphan fires.', '孤儿连接的重传定时器到期时读取。'],
    see: ['FIN-WAIT-1', 'LAST-ACK'],
  },
  'net.ipv4.tcp_challenge_ack_limit': {
    means: [
      'Challenge ACKs that a namespace sends in a second.',
      '一个网络命名空间每秒发送的 challenge ACK 上限。',
    ],
    when: [
      'Read before each challenge ACK; the largest value switches the limit off.',
      '每次发送 challenge ACK 之前读取；最大值表示不限制。',
    ],
    since: '3.6',
    see: ['TcpExtTCPChallengeACK', 'net.ipv4.tcp_invalid_ratelimit'],
  },
  'net.ipv4.tcp_invalid_ratelimit': {
    means: [
      'Least time between two answers to doubtful segments of one connection.',
      '对同一连接的可疑报文，两次应答之间的最短间隔。',
    ],
    when: [
      'Read before an ACK to a segment outside the window, to a duplicate SYN, or before a challenge ACK; what it holds back moves one of TCPACKSkipped*.',
      '对窗口外的报文、重复的 SYN 发送 ACK 之前，以及发送 challenge ACK 之前读取；被限制的应答计入 TCPACKSkipped* 之一。',
    ],
    since: '4.0',
    see: ['TcpExtTCPACKSkippedSynRecv', 'TcpExtTCPACKSkippedChallenge'],
  },
  'net.ipv4.tcp_keepalive_time': {
    means: [
      'Idle time before the first keepalive probe of a socket with SO_KEEPALIVE.',
      '设置了 SO_KEEPALIVE 的套接字空闲多久后发送第一个保活探测。',
    ],
    when: [
      'Read when the keepalive timer is set; TCP_KEEPIDLE goes before it.',
      '设置保活定时器时读取；TCP_KEEPIDLE 优先。',
    ],
    mistaken: [
      'It does nothing for a socket without SO_KEEPALIVE.',
      '没有 SO_KEEPALIVE 的套接字不受它影响。',
    ],
    see: ['SO_KEEPALIVE', 'TCP_KEEPIDLE', 'TcpExtTCPKeepAlive'],
  },
  'net.ipv4.tcp_keepalive_intvl': {
    means: ['Time between keepalive probes that get no answer.', '没有应答时，保活探测之间的间隔。'],
    when: [
      'Read when a probe has been sent; TCP_KEEPINTVL goes before it.',
      '发出探测后读取；TCP_KEEPINTVL 优先。',
    ],
    see: ['SO_KEEPALIVE', 'TCP_KEEPINTVL'],
  },
  'net.ipv4.tcp_keepalive_probes': {
    means: [
      'Unanswered keepalive probes before the connection is reset with ETIMEDOUT.',
      '连续多少个保活探测没有应答后，以 ETIMEDOUT 重置连接。',
    ],
    when: [
      'Read when the keepalive timer fires; TCP_KEEPCNT goes before it.',
      '保活定时器到期时读取；TCP_KEEPCNT 优先。',
    ],
    see: ['SO_KEEPALIVE', 'TCP_KEEPCNT', 'ETIMEDOUT'],
  },
  'net.ipv4.tcp_retries1': {
    means: [
      'Resends after which the kernel looks at the route of a connection again.',
      '重传多少次之后，内核重新检查连接的路由。',
    ],
    when: ['Read when the retransmission timer of a connection fires.', '连接的重传定时器到期时读取。'],
    see: ['net.ipv4.tcp_retries2'],
  },
  'net.ipv4.tcp_retries2': {
    means: [
      'How long an established connection resends unanswered data before ETIMEDOUT. It names a time, that of so many doubled timeouts from 200 ms: 15 means 924.6 s.',
      '已建立的连接在没有应答时重传多久后返回 ETIMEDOUT。它表示的是时间：从 200 ms 起加倍这么多次的总和，15 即 924.6 秒。',
    ],
    when: [
      'Read when the retransmission timer of a connection fires; TCP_USER_TIMEOUT goes before it.',
      '连接的重传定时器到期时读取；TCP_USER_TIMEOUT 优先。',
    ],
    mistaken: [
      'It has no effect on connect(): that is tcp_syn_retries.',
      '它对 connect() 不起作用，那由 tcp_syn_retries 决定。',
    ],
    see: ['TCP_USER_TIMEOUT', 'ETIMEDOUT', 'TcpExtTCPAbortOnTimeout'],
  },
  'net.ipv4.tcp_rto_max_ms': {
    means: ['Cap of every doubled retransmission timeout.', '重传超时加倍后的上限。'],
    when: [
      'Copied into a socket at socket(); TCP_RTO_MAX_MS sets it for one socket.',
      '在 socket() 时复制到套接字；TCP_RTO_MAX_MS 可单独设置。',
    ],
    versions: ['Before 6.15 the cap was always 120 s.', '6.15 之前固定为 120 秒。'],
    since: '6.15',
    see: ['TCP_RTO_MAX_MS', 'net.ipv4.tcp_syn_retries'],
  },
  'net.ipv4.tcp_rto_min_us': {
    means: [
      'Floor of the variance part of the retransmission timeout: the timeout is the round-trip time plus at least this.',
      '重传超时中偏差部分的下限：超时至少是往返时间加上这个值。',
    ],
    when: ['Copied into a socket at socket().', '在 socket() 时复制到套接字。'],
    versions: [
      'Present in 6.12, not in 6.1; there 200 ms are built in.',
      '6.12 有此项，6.1 没有，后者固定为 200 ms。',
    ],
    since: '6.11',
    see: ['TcpExtTCPTimeouts'],
  },
} as const satisfies Partial<Record<SysctlName, SysctlEntry>>;

export const SYSCTL_ENTRIES = { ...CONNECTION, ...SYSCTLS_DATA } satisfies Record<SysctlName, SysctlEntry>;
