// The counters of the engine's table, under the names that nstat prints: when each moves. A new name in COUNTER_NAMES does
// not build without an entry. Conditions are those of Linux v6.18; "not modelled" is not said here, it is found by
// reading the sources of the engine (moved.ts).

import type { CounterName } from '@halfopen/engine';
import { COUNTERS_DATA } from './counters-data.ts';
import { COUNTERS_END } from './counters-end.ts';
import type { Entry } from './entry.ts';

const HANDSHAKE = {
  IpOutNoRoutes: {
    means: ['Packets of this host that had no route.', '本机要发送但找不到路由的报文。'],
    when: [
      'connect() finds no route (ENETUNREACH), or the SYN-ACK to a client cannot be routed back (ListenDrops moves too).',
      'connect() 找不到路由（ENETUNREACH），或发给客户端的 SYN-ACK 没有回程路由（ListenDrops 同时增加）。',
    ],
    kernel: 'ip_route_connect, inet_csk_route_req',
    see: ['ENETUNREACH', 'TcpExtListenDrops'],
  },
  IpInAddrErrors: {
    means: ['Packets whose destination is not this host.', '目的地址不是本机的报文。'],
    when: [
      'A packet for another host arrives where forwarding is off.',
      '在没有开启转发的接口上收到发往其他主机的报文。',
    ],
    kernel: 'ip_error',
  },
  IcmpInMsgs: {
    means: ['ICMP messages received.', '收到的 ICMP 消息。'],
    when: ['Each ICMP message, also a damaged one.', '每收到一个 ICMP 消息，包括损坏的。'],
    kernel: 'icmp_rcv',
  },
  IcmpInErrors: {
    means: ['ICMP messages that could not be used.', '无法使用的 ICMP 消息。'],
    when: [
      'A bad checksum, or an error that quotes a segment of no socket we have.',
      '校验和错误，或引用的报文段不属于任何套接字。',
    ],
    kernel: 'icmp_rcv, tcp_v4_err',
    see: ['TcpExtOutOfWindowIcmps'],
  },
  IcmpInDestUnreachs: {
    means: ['"Destination unreachable" received.', '收到的“目的不可达”消息。'],
    when: [
      'ICMP type 3. In SYN-SENT most of its codes end connect() at once with an errno; a later connection lives on.',
      '收到 ICMP 类型 3。在 SYN-SENT 状态，多数代码会让 connect() 立即失败；已建立的连接则继续存在。',
    ],
    kernel: 'icmp_rcv',
    see: ['EHOSTUNREACH', 'ENETUNREACH', 'ECONNREFUSED'],
  },
  IcmpInTimeExcds: {
    means: [
      '"Time exceeded" received: a packet of ours used up its TTL.',
      '收到的“超时”消息：本机报文的 TTL 已用尽。',
    ],
    when: [
      'ICMP type 11. Code 0 in SYN-SENT gives EHOSTUNREACH.',
      '收到 ICMP 类型 11。在 SYN-SENT 状态，代码 0 对应 EHOSTUNREACH。',
    ],
    kernel: 'icmp_rcv',
    see: ['EHOSTUNREACH'],
  },
  IcmpInParmProbs: {
    means: ['"Parameter problem" received.', '收到的“参数问题”消息。'],
    when: ['ICMP type 12. In SYN-SENT it gives EPROTO.', '收到 ICMP 类型 12。在 SYN-SENT 状态对应 EPROTO。'],
    kernel: 'icmp_rcv',
    see: ['EPROTO'],
  },
  IcmpOutDestUnreachs: {
    means: ['"Destination unreachable" sent.', '发出的“目的不可达”消息。'],
    when: [
      'Among others when the next hop does not answer ARP: after about 3 s the host tells itself "host unreachable".',
      '例如下一跳不回应 ARP：约 3 秒后，本机给自己发“主机不可达”。',
    ],
    kernel: '__icmp_send',
    see: ['EHOSTUNREACH'],
  },
  TcpActiveOpens: {
    means: ['connect() calls that sent a SYN.', '发出了 SYN 的 connect() 调用。'],
    when: [
      'Once for each connect() after the first SYN; resends do not count.',
      '每次 connect() 发出第一个 SYN 后加一；重传不计。',
    ],
    kernel: 'tcp_connect',
    mistaken: ['It does not say that the connection came about.', '它不表示连接已经建立。'],
    see: ['TcpAttemptFails', 'TcpExtTCPSynRetrans'],
  },
  TcpPassiveOpens: {
    means: ['Handshakes that were completed on a listener of this host.', '在本机监听套接字上完成的握手。'],
    when: [
      'A third ACK, or the ACK of a SYN cookie, makes a child socket.',
      '第三个 ACK 或 SYN cookie 的 ACK 创建了子套接字。',
    ],
    kernel: 'tcp_create_openreq_child',
    mistaken: [
      'It counts completed handshakes, not SYNs and not accept() calls.',
      '它统计的是完成的握手，不是 SYN 数，也不是 accept() 次数。',
    ],
    see: ['TcpExtListenOverflows', 'ESTAB'],
  },
  TcpAttemptFails: {
    means: ['Handshakes that failed, on either side.', '失败的握手，客户端和服务端都算。'],
    when: [
      'A socket goes from SYN-SENT or SYN-RECV to closed by RST, ICMP or timeout; or a RST or a SYN in the window ends a half-open request of a listener.',
      '套接字因 RST、ICMP 或超时从 SYN-SENT、SYN-RECV 变为关闭；或 RST、窗口内的 SYN 终止了监听套接字的半连接。',
    ],
    kernel: 'tcp_done, tcp_check_req',
    mistaken: [
      'A half-open request that merely expires is not in it, nor one that tcp_abort_on_overflow resets.',
      '单纯过期的半连接不计入，被 tcp_abort_on_overflow 重置的也不计入。',
    ],
    see: ['ECONNREFUSED', 'ETIMEDOUT', 'TcpExtEmbryonicRsts'],
  },
  TcpExtSyncookiesSent: {
    means: ['SYN-ACKs that carried a SYN cookie.', '携带 SYN cookie 的 SYN-ACK。'],
    when: [
      'A SYN is answered by a cookie: tcp_syncookies=1 and the SYN queue of the listener is full, or tcp_syncookies=2.',
      '用 cookie 回应 SYN：tcp_syncookies=1 且监听套接字的半连接队列已满，或 tcp_syncookies=2。',
    ],
    kernel: 'tcp_conn_request',
    mistaken: [
      'It does not prove an attack: a small backlog is enough.',
      '它不能证明有攻击：backlog 太小也会出现。',
    ],
    myths: ['M14'],
    todo: [
      'Compare it with SyncookiesRecv: when most cookies come back, the clients are real and the backlog is small.',
      '与 SyncookiesRecv 比较：若大部分 cookie 都带回来，说明客户端是真实的，只是 backlog 太小。',
    ],
    see: ['TcpExtSyncookiesRecv', 'net.ipv4.tcp_syncookies', 'backlog'],
  },
  TcpExtSyncookiesRecv: {
    means: ['ACKs that brought a good SYN cookie back.', '带回有效 SYN cookie 的 ACK。'],
    when: [
      'An ACK of no connection decodes as a cookie of this listener, issued 60 to 120 s ago at most.',
      '不属于任何连接的 ACK 能解出本监听套接字的 cookie，且发出时间不超过 60 到 120 秒。',
    ],
    kernel: 'cookie_v4_check',
    mistaken: [
      'The connection may still be dropped: a full accept queue moves ListenOverflows as well.',
      '连接仍可能被丢弃：全连接队列已满时，ListenOverflows 也会增加。',
    ],
    see: ['TcpExtSyncookiesSent', 'TcpExtSyncookiesFailed'],
  },
  TcpExtSyncookiesFailed: {
    means: ['ACKs that should have carried a cookie and did not.', '本应带回 cookie、但内容无效的 ACK。'],
    when: [
      'An ACK of no connection reaches a listener that sent a cookie within the last 120 s, and its cookie is wrong or too old. It gets RST.',
      '监听套接字在最近 120 秒内发过 cookie，此时收到不属于任何连接的 ACK，且 cookie 错误或过期。回复 RST。',
    ],
    kernel: 'cookie_v4_check',
    see: ['TcpExtSyncookiesSent', 'TcpOutRsts'],
  },
  TcpExtEmbryonicRsts: {
    means: ['Half-open requests of a listener that ended by a reset.', '因重置而结束的半连接。'],
    when: [
      'A RST, or a SYN inside the window, ends a request in SYN-RECV; or tcp_abort_on_overflow resets it at a full accept queue.',
      'RST 或窗口内的 SYN 终止了 SYN-RECV 中的请求；或全连接队列已满时 tcp_abort_on_overflow 将其重置。',
    ],
    kernel: 'tcp_check_req',
    see: ['SYN-RECV', 'TcpAttemptFails', 'net.ipv4.tcp_abort_on_overflow'],
  },
  TcpExtListenOverflows: {
    means: [
      'Times that a listener refused a connection because its accept queue was full: accept() is not called often enough for what arrives.',
      '监听套接字因全连接队列已满而拒绝连接的次数：accept() 的速度跟不上连接到达的速度。',
    ],
    when: [
      'A SYN, a third ACK or the ACK of a SYN cookie finds more than backlog connections in the accept queue. ListenDrops moves with it each time.',
      'SYN、第三个 ACK 或 SYN cookie 的 ACK 到达时，全连接队列中的连接数已超过 backlog。每次 ListenDrops 也同时增加。',
    ],
    kernel: 'tcp_conn_request, tcp_v4_syn_recv_sock',
    mistaken: [
      'It counts attempts, not clients: one client that keeps resending its SYN is counted each time. And it says nothing about half-open connections: that is TCPReqQFullDrop and TCPReqQFullDoCookies.',
      '它统计的是次数，不是客户端数：同一客户端每重传一次 SYN 就加一。它也与半连接队列无关，那是 TCPReqQFullDrop 和 TCPReqQFullDoCookies。',
    ],
    myths: ['M3', 'M5', 'M13', 'M15'],
    todo: [
      'It does not name the port: find the LISTEN row of ss -lnt with Recv-Q above Send-Q. Then accept() sooner, or raise the backlog of the service and somaxconn; both are read at listen(), so the service must listen again.',
      '它不指明端口：用 ss -lnt 查找 Recv-Q 大于 Send-Q 的 LISTEN 行。然后尽快 accept()，或调大服务自身的 backlog 和 somaxconn；两者都在 listen() 时读取，所以服务必须重新监听。',
    ],
    versions: [
      'Before 4.10 a SYN at a full accept queue was dropped only when more than one young request was waiting; 2.6.32 does not count dropped SYNs.',
      '4.10 之前，全连接队列已满时，只有等待中的新请求多于一个才丢弃 SYN；2.6.32 不统计被丢弃的 SYN。',
    ],
    see: ['TcpExtListenDrops', 'net.core.somaxconn', 'backlog', 'Recv-Q', 'TcpExtTCPReqQFullDrop'],
  },
  TcpExtListenDrops: {
    means: [
      'Packets of a handshake that a listener dropped, for any reason.',
      '监听套接字在握手阶段丢弃的报文，不论原因。',
    ],
    when: [
      'Together with each ListenOverflows and each TCPReqQFullDrop; also at the tcp_max_syn_backlog reserve, without a route back, without memory, at a SYN to a broadcast address, and when an ICMP error ends a half-open request.',
      '随每次 ListenOverflows 和 TCPReqQFullDrop 增加；触及 tcp_max_syn_backlog 的预留、没有回程路由、内存不足、SYN 发往广播地址，以及 ICMP 错误终止半连接时也会增加。',
    ],
    kernel: 'tcp_conn_request, tcp_v4_syn_recv_sock, tcp_req_err',
    mistaken: ['A half-open connection that expires is not in it.', '过期的半连接不计入。'],
    myths: ['M4'],
    todo: [
      'Subtract ListenOverflows: what is left is not the accept queue.',
      '减去 ListenOverflows，余下的就与全连接队列无关。',
    ],
    see: ['TcpExtListenOverflows', 'TcpExtTCPReqQFullDrop', 'net.ipv4.tcp_max_syn_backlog'],
  },
  TcpExtTCPDeferAcceptDrop: {
    means: [
      'Third ACKs that a listener with TCP_DEFER_ACCEPT swallowed, because they brought no data.',
      '设置了 TCP_DEFER_ACCEPT 的监听套接字吞掉的、不带数据的第三个 ACK。',
    ],
    when: [
      'A bare third ACK arrives while the deferral lasts; the connection stays in SYN-RECV.',
      '延迟期间收到不带数据的第三个 ACK；连接停留在 SYN-RECV。',
    ],
    kernel: 'tcp_check_req',
    mistaken: [
      'Nothing is lost: data, or a later ACK, opens the connection.',
      '并没有丢失连接：数据到达或之后的 ACK 会完成建立。',
    ],
    see: ['TCP_DEFER_ACCEPT', 'SYN-RECV'],
  },
  TcpExtTCPReqQFullDoCookies: {
    means: ['SYNs for which a listener turned to SYN cookies.', '监听套接字改用 SYN cookie 处理的 SYN。'],
    when: [
      'A SYN finds the SYN queue full with tcp_syncookies=1, or arrives at all with tcp_syncookies=2. It moves also when the accept queue then drops the SYN.',
      'tcp_syncookies=1 时 SYN 遇到半连接队列已满，或 tcp_syncookies=2 时每个 SYN。即使随后因全连接队列已满而丢弃，也会增加。',
    ],
    kernel: 'tcp_syn_flood_action',
    mistaken: [
      'With tcp_syncookies=2 it says nothing about a full queue.',
      'tcp_syncookies=2 时它不表示队列已满。',
    ],
    see: ['TcpExtSyncookiesSent', 'net.ipv4.tcp_syncookies', 'Possible SYN flooding: Sending cookies'],
  },
  TcpExtTCPReqQFullDrop: {
    means: [
      'SYNs dropped because the SYN queue of a listener was full and cookies were off.',
      '半连接队列已满且未开启 cookie，因而丢弃的 SYN。',
    ],
    when: [
      'tcp_syncookies=0 and a listener has more half-open connections than its backlog. ListenDrops moves too.',
      'tcp_syncookies=0，且监听套接字的半连接数超过其 backlog。ListenDrops 同时增加。',
    ],
    kernel: 'tcp_syn_flood_action, tcp_conn_request',
    todo: [
      'With tcp_syncookies=1 such a SYN is answered by a cookie.',
      '设 tcp_syncookies=1 后，这样的 SYN 会得到 cookie 应答。',
    ],
    versions: [
      'Full means "at the backlog" from 4.4 to 6.12, and "above it" since 6.13 and in later stable kernels.',
      '“已满”在 4.4 到 6.12 指达到 backlog，6.13 起及较新的稳定版内核指超过 backlog。',
    ],
    see: ['net.ipv4.tcp_syncookies', 'TcpExtListenDrops', 'Possible SYN flooding: Dropping request'],
  },
  TcpExtTCPSynRetrans: {
    means: ['SYNs and SYN-ACKs sent again.', '重传的 SYN 和 SYN-ACK。'],
    when: [
      'A SYN of connect() or a SYN-ACK of a listener is resent, by its timer or as answer to a duplicate SYN.',
      '因定时器到期，或为应答重复的 SYN，重传 connect() 的 SYN 或监听套接字的 SYN-ACK。',
    ],
    kernel: '__tcp_retransmit_skb, tcp_rtx_synack',
    mistaken: [
      'It does not tell loss in the network from a SYN that the server dropped at a full queue; look at ListenOverflows of the server.',
      '它不能区分网络丢包和服务端因队列满而丢弃 SYN；应查看服务端的 ListenOverflows。',
    ],
    myths: ['M2'],
    versions: [
      'SYN-ACKs are in it in the profiles from 4.4 on, not in 3.10.',
      '4.4 及更新的配置统计 SYN-ACK，3.10 不统计。',
    ],
    see: ['net.ipv4.tcp_syn_retries', 'TcpExtTCPTimeouts', 'TcpExtListenOverflows'],
  },
  TcpExtTCPFastOpenActive: {
    means: [
      'Connections of connect() whose SYN data the server took (Fast Open).',
      'connect() 方的 SYN 数据被服务端接受的连接（Fast Open）。',
    ],
    when: ['A SYN-ACK acknowledges data that the SYN carried.', 'SYN-ACK 确认了 SYN 携带的数据。'],
    kernel: 'tcp_rcv_fastopen_synack',
    see: ['net.ipv4.tcp_fastopen'],
  },
  TcpExtTCPFastOpenActiveFail: {
    means: ['SYN data that the server did not take (Fast Open).', '服务端没有接受的 SYN 数据（Fast Open）。'],
    when: [
      'A SYN-ACK acknowledges the SYN without its data; the data is sent again.',
      'SYN-ACK 只确认 SYN 而不确认数据；数据会重新发送。',
    ],
    kernel: 'tcp_rcv_fastopen_synack',
    see: ['net.ipv4.tcp_fastopen'],
  },
  TcpExtTCPFastOpenPassive: {
    means: [
      'Connections that a listener opened from a SYN with data (Fast Open).',
      '监听套接字由带数据的 SYN 直接建立的连接（Fast Open）。',
    ],
    when: [
      'A SYN with a valid cookie; the child enters the accept queue at once.',
      'SYN 带有效的 cookie；子套接字立即进入全连接队列。',
    ],
    kernel: 'tcp_try_fastopen',
    see: ['net.ipv4.tcp_fastopen'],
  },
  TcpExtTCPFastOpenPassiveFail: {
    means: [
      'Fast Open attempts that a listener turned into an ordinary handshake.',
      '监听套接字改为普通握手的 Fast Open 尝试。',
    ],
    when: ['A SYN with a wrong cookie.', 'SYN 的 cookie 无效。'],
    kernel: 'tcp_try_fastopen',
    see: ['net.ipv4.tcp_fastopen'],
  },
  TcpExtTCPFastOpenListenOverflow: {
    means: ['Fast Open attempts beyond the limit of the listener.', '超过监听套接字上限的 Fast Open 尝试。'],
    when: [
      'More Fast Open connections are unfinished than TCP_FASTOPEN allows.',
      '未完成的 Fast Open 连接数超过 TCP_FASTOPEN 的上限。',
    ],
    kernel: 'tcp_fastopen_queue_check',
    see: ['TCP_FASTOPEN'],
  },
  TcpExtTCPFastOpenCookieReqd: {
    means: [
      'SYNs that asked a listener for a Fast Open cookie.',
      '向监听套接字索取 Fast Open cookie 的 SYN。',
    ],
    when: ['A SYN with an empty Fast Open option.', 'SYN 带有空的 Fast Open 选项。'],
    kernel: 'tcp_try_fastopen',
    see: ['net.ipv4.tcp_fastopen'],
  },
  TcpExtTCPMigrateReqSuccess: {
    means: [
      'Connections that moved from a closing listener to another one of its SO_REUSEPORT group.',
      '从正在关闭的监听套接字移交给同一 SO_REUSEPORT 组其他监听套接字的连接。',
    ],
    when: [
      'tcp_migrate_req=1, and a queued connection, an ACK or a timer found a new listener.',
      'tcp_migrate_req=1，且排队的连接、ACK 或定时器找到了新的监听套接字。',
    ],
    kernel: 'inet_csk_listen_stop, tcp_check_req',
    since: '5.14',
    see: ['net.ipv4.tcp_migrate_req', 'SO_REUSEPORT'],
  },
  TcpExtTCPMigrateReqFailure: {
    means: ['Connections that could not be moved to another listener.', '无法移交给其他监听套接字的连接。'],
    when: [
      'Migration was tried, and the new listener could not take the connection or no memory was left.',
      '尝试移交，但新的监听套接字无法接收，或内存不足。',
    ],
    kernel: 'inet_csk_listen_stop, reuseport_migrate_sock',
    since: '5.14',
    see: ['net.ipv4.tcp_migrate_req'],
  },
} as const satisfies Partial<Record<CounterName, Entry>>;

export const COUNTER_ENTRIES = { ...HANDSHAKE, ...COUNTERS_END, ...COUNTERS_DATA } satisfies Record<
  CounterName,
  Entry
>;
