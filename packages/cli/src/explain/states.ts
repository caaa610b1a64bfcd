// TCP states as ss prints them, and its two queue columns. A new state of the engine does not build without an entry.

import type { TcpState } from '@halfopen/engine';
import type { Entry } from './entry.ts';

export const STATE_ENTRIES = {
  UNCONN: {
    means: [
      'A socket without a connection: new, or closed again.',
      '没有连接的套接字：新建的，或已经关闭的。',
    ],
    when: [
      'After socket(), and after a connection has ended while the process holds the socket.',
      '在 socket() 之后，以及连接已结束而进程仍持有套接字时。',
    ],
    kernel: 'TCP_CLOSE',
    see: ['LISTEN', 'SYN-SENT'],
  },
  LISTEN: {
    means: [
      'A listener: it makes connections and never carries data itself.',
      '监听套接字：用来产生连接，自身不传输数据。',
    ],
    when: ['listen() succeeds.', 'listen() 成功。'],
    kernel: 'inet_csk_listen_start',
    myths: ['M10'],
    see: ['Recv-Q', 'Send-Q', 'backlog'],
  },
  'SYN-SENT': {
    means: ['connect() has sent its SYN and waits for an answer.', 'connect() 已发出 SYN，正在等待应答。'],
    when: [
      'From connect() until SYN-ACK, RST, an ICMP error or the last timeout.',
      '从 connect() 开始，直到收到 SYN-ACK、RST、ICMP 错误或最后一次超时。',
    ],
    kernel: 'tcp_v4_connect',
    mistaken: [
      'A firewall, a lost packet and a full queue of the server look the same here: no answer.',
      '防火墙、丢包和服务端队列已满在这里看起来一样：没有应答。',
    ],
    todo: [
      'Look at ListenOverflows and ListenDrops of the server.',
      '查看服务端的 ListenOverflows 和 ListenDrops。',
    ],
    see: ['net.ipv4.tcp_syn_retries', 'ETIMEDOUT', 'TcpExtTCPSynRetrans'],
  },
  'SYN-RECV': {
    means: [
      'A half-open connection: the SYN was answered, the third ACK has not come, or could not be taken.',
      '半连接：已应答 SYN，第三个 ACK 尚未到达，或到达了但未能接受。',
    ],
    when: [
      'From the SYN-ACK until the third ACK, RST, or 63 s without an answer (tcp_synack_retries=5). Since 4.4 such requests stand in the table of all connections.',
      '从发出 SYN-ACK 开始，直到收到第三个 ACK、RST，或 63 秒没有应答（tcp_synack_retries=5）。4.4 起这些请求存放在全部连接的哈希表中。',
    ],
    kernel: 'tcp_conn_request, tcp_check_req',
    mistaken: [
      'It need not be the client: when the accept queue fills up after the SYN-ACK, the connection stays here although the client is connected. The Recv-Q of the listener does not count these.',
      '不一定是客户端的问题：若发出 SYN-ACK 之后全连接队列才满，客户端已认为连接成功，服务端仍停留在此。监听套接字的 Recv-Q 不包含它们。',
    ],
    see: ['net.ipv4.tcp_synack_retries', 'TcpExtTCPReqQFullDrop', 'TCP_DEFER_ACCEPT'],
  },
  ESTAB: {
    means: ['The connection is open; data flows both ways.', '连接已建立，可双向传输数据。'],
    when: [
      'The client: at the SYN-ACK. The server: at the third ACK, before accept().',
      '客户端：收到 SYN-ACK 时。服务端：收到第三个 ACK 时，早于 accept()。',
    ],
    kernel: 'tcp_rcv_synsent_state_process, tcp_rcv_state_process',
    mistaken: ['It does not say that the server has called accept().', '它不表示服务端已调用 accept()。'],
    see: ['TcpCurrEstab', 'Recv-Q'],
  },
  'FIN-WAIT-1': {
    means: ['Our FIN has been sent and is not acknowledged yet.', '已发出 FIN，尚未得到确认。'],
    when: ['close() or shutdown(SHUT_WR) in ESTAB.', '在 ESTAB 中 close() 或 shutdown(SHUT_WR)。'],
    kernel: 'tcp_close_state',
    todo: [
      'Many of them: the peer does not answer; tcp_orphan_retries says for how long they resend.',
      '数量很多时：对端没有应答；重传多久由 tcp_orphan_retries 决定。',
    ],
    see: ['net.ipv4.tcp_orphan_retries', 'FIN-WAIT-2'],
  },
  'FIN-WAIT-2': {
    means: ['Our FIN is acknowledged; the peer has not closed its side.', 'FIN 已被确认，对端尚未关闭。'],
    when: [
      'The ACK of our FIN. Without a process it lasts tcp_fin_timeout; with one there is no timer.',
      '收到 FIN 的 ACK。没有进程时持续 tcp_fin_timeout；有进程时没有定时器。',
    ],
    kernel: 'tcp_rcv_state_process, tcp_time_wait',
    see: ['net.ipv4.tcp_fin_timeout', 'CLOSE-WAIT'],
  },
  'CLOSE-WAIT': {
    means: ['The peer has closed; the process here has not.', '对端已关闭，本机进程尚未关闭。'],
    when: [
      'The FIN of the peer in ESTAB. It lasts until close(), without a timer.',
      '在 ESTAB 收到对端的 FIN。没有定时器，一直持续到 close()。',
    ],
    kernel: 'tcp_fin',
    mistaken: [
      'No sysctl shortens it: the process forgot to close(), or hangs.',
      '没有 sysctl 能缩短它：是进程忘了 close()，或卡住了。',
    ],
    todo: ['ss -tanp names the process.', 'ss -tanp 会显示是哪个进程。'],
    see: ['LAST-ACK', 'EPIPE'],
  },
  CLOSING: {
    means: ['Both sides have sent FIN at the same time.', '双方同时发出了 FIN。'],
    when: [
      'A FIN arrives in FIN-WAIT-1 before ours is acknowledged.',
      '在 FIN-WAIT-1 中，己方 FIN 得到确认之前收到对端的 FIN。',
    ],
    kernel: 'tcp_fin',
    see: ['TIME-WAIT'],
  },
  'LAST-ACK': {
    means: ['The peer closed first; our FIN waits for its ACK.', '对端先关闭，己方的 FIN 等待确认。'],
    when: ['close() in CLOSE-WAIT.', '在 CLOSE-WAIT 中 close()。'],
    kernel: 'tcp_close_state',
    see: ['net.ipv4.tcp_orphan_retries', 'CLOSE-WAIT'],
  },
  'TIME-WAIT': {
    means: [
      'The end of a connection at the side that closed first; it holds the addresses and ports for 60 s, so that old segments harm nobody.',
      '先关闭一方的连接末尾；在 60 秒内占住四元组，以免旧报文造成危害。',
    ],
    when: [
      'The FIN of the peer in FIN-WAIT-2, or the ACK of our FIN in CLOSING.',
      '在 FIN-WAIT-2 收到对端的 FIN，或在 CLOSING 收到己方 FIN 的 ACK。',
    ],
    kernel: 'tcp_time_wait',
    mistaken: [
      'It does no harm to a server that listens: a new SYN with a newer number or timestamp opens the connection again. A client may run out of ports by it.',
      '对监听的服务端没有危害：序号或时间戳更新的 SYN 可以重新建立连接。客户端则可能因此端口耗尽。',
    ],
    myths: ['M7', 'M8', 'M12'],
    todo: [
      'A client: keep connections open; tcp_tw_reuse=1 lets connect() take them after tcp_tw_reuse_delay.',
      '客户端：使用长连接；tcp_tw_reuse=1 允许 connect() 在 tcp_tw_reuse_delay 之后复用。',
    ],
    see: ['net.ipv4.tcp_tw_reuse', 'net.ipv4.tcp_max_tw_buckets', 'EADDRNOTAVAIL', 'TcpExtTW'],
  },
} as const satisfies Record<TcpState, Entry>;

export const COLUMN_ENTRIES = {
  'Recv-Q': {
    means: [
      'LISTEN: connections that wait for accept(). Other states: bytes that the process has not read.',
      'LISTEN 行：等待 accept() 的连接数。其他状态：进程尚未读取的字节数。',
    ],
    when: [
      'LISTEN: up at the third ACK, down at accept().',
      'LISTEN 行：第三个 ACK 到达时增加，accept() 时减少。',
    ],
    kernel: 'tcp_diag_get_info, sk_ack_backlog',
    mistaken: [
      'Half-open connections are not in it; they have rows of their own (SYN-RECV).',
      '半连接不计入，它们单独成行（SYN-RECV）。',
    ],
    myths: ['M10', 'M11'],
    todo: [
      'Above Send-Q: the accept queue is full and the next SYN is dropped.',
      '大于 Send-Q 时：全连接队列已满，下一个 SYN 会被丢弃。',
    ],
    see: ['Send-Q', 'TcpExtListenOverflows', 'LISTEN'],
  },
  'Send-Q': {
    means: [
      'LISTEN: the backlog in force. Other states: bytes sent and not acknowledged, or not sent yet.',
      'LISTEN 行：实际生效的 backlog。其他状态：已发送未确认以及尚未发送的字节数。',
    ],
    when: [
      'LISTEN: set at listen() to min(backlog, somaxconn).',
      'LISTEN 行：listen() 时设为 min(backlog, somaxconn)。',
    ],
    kernel: 'tcp_diag_get_info, sk_max_ack_backlog',
    myths: ['M10', 'M11'],
    see: ['Recv-Q', 'net.core.somaxconn', 'backlog'],
  },
} as const satisfies Record<string, Entry>;
