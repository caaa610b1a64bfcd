// Counters of segments as such, of resets and aborts, of TIME-WAIT, and of doubtful segments.

import type { CounterName } from '@halfopen/engine';
import type { Entry } from './entry.ts';

export const COUNTERS_END = {
  TcpEstabResets: {
    means: ['Connections that ended by a reset, ours or the peer’s.', '以重置结束的连接，不论由哪一方发起。'],
    when: [
      'A socket goes from ESTAB or CLOSE-WAIT straight to closed.',
      '套接字从 ESTAB 或 CLOSE-WAIT 直接变为关闭。',
    ],
    kernel: 'tcp_set_state',
    mistaken: [
      'A refused connect() is not in it: that is AttemptFails.',
      '被拒绝的 connect() 不计入，那是 AttemptFails。',
    ],
    see: ['ECONNRESET', 'TcpOutRsts', 'TcpExtTCPAbortOnClose'],
  },
  TcpCurrEstab: {
    means: [
      'Connections that are in ESTAB or CLOSE-WAIT now. The one gauge of the table.',
      '当前处于 ESTAB 或 CLOSE-WAIT 的连接数。表中唯一的瞬时值。',
    ],
    when: [
      'Up when a socket enters one of the two states, down when it leaves them.',
      '进入这两种状态时增加，离开时减少。',
    ],
    kernel: 'tcp_set_state',
    mistaken: [
      'Connections that wait for accept() are in it, half-open ones are not.',
      '等待 accept() 的连接计入，半连接不计入。',
    ],
    see: ['ESTAB', 'CLOSE-WAIT'],
  },
  TcpInSegs: {
    means: ['TCP segments received.', '收到的 TCP 报文段。'],
    when: [
      'Each segment that is handed to TCP, also one with a bad checksum.',
      '每个交给 TCP 的报文段，校验和错误的也算。',
    ],
    kernel: 'tcp_v4_rcv',
  },
  TcpOutSegs: {
    means: ['TCP segments sent.', '发出的 TCP 报文段。'],
    when: [
      'Each segment, including resets and resent SYN-ACKs, but not what a full socket resends.',
      '每个发出的报文段，包括 RST 和重传的 SYN-ACK，但不含完整套接字的重传。',
    ],
    kernel: '__tcp_transmit_skb, tcp_rtx_synack',
    mistaken: [
      'Retransmissions of data and SYNs are not in it; they are in RetransSegs.',
      '数据和 SYN 的重传不计入，它们在 RetransSegs 中。',
    ],
    see: ['TcpRetransSegs'],
  },
  TcpRetransSegs: {
    means: ['Segments sent again.', '重传的报文段。'],
    when: [
      'Each retransmission of data, FIN, SYN or SYN-ACK, whatever caused it.',
      '数据、FIN、SYN 或 SYN-ACK 的每次重传，不论原因。',
    ],
    kernel: '__tcp_retransmit_skb, tcp_rtx_synack',
    mistaken: [
      'A resend does not prove loss in the network: a server with a full queue drops SYNs too.',
      '重传不等于网络丢包：队列已满的服务端也会丢弃 SYN。',
    ],
    versions: ['2.6.32 does not count SYN-ACKs in it.', '2.6.32 不统计 SYN-ACK。'],
    see: ['TcpExtTCPSynRetrans', 'TcpExtTCPLossProbes'],
  },
  TcpInErrs: {
    means: ['Segments that were wrong.', '有错误的报文段。'],
    when: [
      'A bad checksum, a header too short, or a SYN for a connection that exists.',
      '校验和错误、首部过短，或对已有连接又收到 SYN。',
    ],
    kernel: 'tcp_v4_rcv, tcp_validate_incoming',
    mistaken: [
      'It need not be damage: a SYN-ACK sent again to an established client is counted here.',
      '不一定是损坏：对已建立的客户端重发的 SYN-ACK 也计入。',
    ],
    see: ['TcpInCsumErrors', 'TcpExtTCPSYNChallenge'],
  },
  TcpInCsumErrors: {
    means: ['Segments with a wrong checksum.', '校验和错误的报文段。'],
    when: [
      'The checksum does not match; the segment is dropped without an answer.',
      '校验和不符；报文段被丢弃，不作应答。',
    ],
    kernel: 'tcp_v4_rcv',
    see: ['TcpInErrs'],
  },
  TcpOutRsts: {
    means: ['Segments with RST sent.', '发出的 RST。'],
    when: [
      'A segment reaches a closed port or no connection, a socket is closed with unread data or linger 0, a listener closes with queued connections, or a SYN cookie is wrong.',
      '报文段到达已关闭的端口或没有对应的连接、关闭套接字时有未读数据或 linger 为 0、监听套接字关闭时仍有排队的连接，或 SYN cookie 错误。',
    ],
    kernel: 'tcp_v4_send_reset, tcp_send_active_reset',
    mistaken: [
      'A full accept queue shows here only with tcp_abort_on_overflow=1.',
      '只有 tcp_abort_on_overflow=1 时，全连接队列已满才会反映在这里。',
    ],
    see: ['ECONNREFUSED', 'ECONNRESET', 'net.ipv4.tcp_abort_on_overflow'],
  },
  TcpExtOutOfWindowIcmps: {
    means: [
      'ICMP errors ignored, because what they quote does not fit the connection.',
      '因引用内容与连接不符而忽略的 ICMP 错误。',
    ],
    when: [
      'The quoted sequence number is not one that is in flight (or, for a half-open request, not that of our SYN-ACK).',
      '引用的序号不在已发送未确认的范围内（对半连接而言，不是 SYN-ACK 的序号）。',
    ],
    kernel: 'tcp_v4_err, tcp_req_err',
    see: ['IcmpInErrors'],
  },
  TcpExtLockDroppedIcmps: {
    means: [
      'ICMP errors that found a system call at work on their socket.',
      '到达时套接字正被系统调用占用的 ICMP 错误。',
    ],
    when: [
      'The socket is owned by a process; the error is then only noted as a soft one, so connect() fails later.',
      '套接字正被进程占用；错误只记为软错误，因此 connect() 稍后才失败。',
    ],
    kernel: 'tcp_v4_err',
  },
  TcpExtTW: {
    means: [
      'Connections that entered TIME-WAIT, or that wait in FIN-WAIT-2 without a process.',
      '进入 TIME-WAIT 的连接，也包括没有进程、在 FIN-WAIT-2 中等待的连接。',
    ],
    when: [
      'A time-wait socket is made with a timer of more than 4 s; once for both states together.',
      '创建定时超过 4 秒的 time-wait 套接字；两种状态合计一次。',
    ],
    kernel: '__inet_twsk_schedule',
    mistaken: [
      'It is a total, not the number that exists now: that is ss -tan state time-wait.',
      '它是累计数，不是当前数量；当前数量看 ss -tan state time-wait。',
    ],
    see: ['TIME-WAIT', 'TcpExtTWRecycled', 'TcpExtTCPTimeWaitOverflow'],
  },
  TcpExtTWRecycled: {
    means: [
      'TIME-WAIT sockets whose port connect() took again.',
      '端口被 connect() 复用的 TIME-WAIT 套接字。',
    ],
    when: [
      'connect() meets a TIME-WAIT of the same addresses and ports that may be reused.',
      'connect() 遇到四元组相同且允许复用的 TIME-WAIT。',
    ],
    kernel: '__inet_check_established, tcp_twsk_unique',
    myths: ['M8'],
    see: ['net.ipv4.tcp_tw_reuse', 'TIME-WAIT'],
  },
  TcpExtTWKilled: {
    means: ['Time-wait sockets that were made with a short timer.', '以短定时器创建的 time-wait 套接字。'],
    when: [
      'The timer is 4 s or less, as with a small tcp_fin_timeout or TCP_LINGER2; TW does not move then.',
      '定时不超过 4 秒，例如 tcp_fin_timeout 或 TCP_LINGER2 很小；此时 TW 不增加。',
    ],
    kernel: '__inet_twsk_schedule',
    see: ['TcpExtTW', 'TCP_LINGER2'],
  },
  TcpExtTCPTimeWaitOverflow: {
    means: ['Connections that ended without TIME-WAIT.', '没有经过 TIME-WAIT 就结束的连接。'],
    when: [
      'tcp_max_tw_buckets is reached when a connection would enter TIME-WAIT.',
      '连接要进入 TIME-WAIT 时已达到 tcp_max_tw_buckets。',
    ],
    kernel: 'tcp_time_wait',
    see: ['net.ipv4.tcp_max_tw_buckets', 'TIME-WAIT'],
  },
  TcpExtPAWSActive: {
    means: ['SYN-ACKs that echo a timestamp we did not send.', '回显了从未发送过的时间戳的 SYN-ACK。'],
    when: [
      'In SYN-SENT, the echoed timestamp lies outside the time since the first SYN. The answer is RST.',
      '在 SYN-SENT 状态，回显的时间戳不在第一个 SYN 之后的范围内。回复 RST。',
    ],
    kernel: 'tcp_rcv_synsent_state_process',
    see: ['SYN-SENT', 'net.ipv4.tcp_timestamps'],
  },
  TcpExtPAWSEstab: {
    means: [
      'Segments refused because their timestamp is older than the last one.',
      '因时间戳比上一个更旧而被拒绝的报文段。',
    ],
    when: [
      'A segment of a connection or of a half-open request fails PAWS; it is answered by an ACK.',
      '连接或半连接的报文段未通过 PAWS 检查；以 ACK 应答。',
    ],
    kernel: 'tcp_validate_incoming, tcp_check_req',
    versions: ['Before 6.13 those in TIME-WAIT are in it too.', '6.13 之前，TIME-WAIT 中的也计入。'],
    see: ['TcpExtPAWSTimewait', 'TcpExtPAWSOldAck'],
  },
  TcpExtPAWSTimewait: {
    means: [
      'Segments refused in TIME-WAIT because their timestamp is too old.',
      '在 TIME-WAIT 中因时间戳过旧而被拒绝的报文段。',
    ],
    when: [
      'A segment, a new SYN among them, fails PAWS at a TIME-WAIT socket.',
      'TIME-WAIT 套接字收到的报文段（包括新的 SYN）未通过 PAWS 检查。',
    ],
    kernel: 'tcp_timewait_state_process',
    since: '6.13',
    see: ['TIME-WAIT', 'TcpExtPAWSEstab'],
  },
  TcpExtPAWSOldAck: {
    means: [
      'Old bare ACKs with an old timestamp, dropped without an answer.',
      '时间戳过旧的陈旧 ACK，直接丢弃，不作应答。',
    ],
    when: [
      'A bare ACK below the expected sequence number fails PAWS.',
      '序号低于期望值的纯 ACK 未通过 PAWS 检查。',
    ],
    kernel: 'tcp_validate_incoming',
    since: '6.14',
    see: ['TcpExtPAWSEstab'],
  },
  TcpExtTSEcrRejected: {
    means: [
      'Segments of a half-open request that echo a timestamp its SYN-ACKs did not carry.',
      '回显了 SYN-ACK 从未携带的时间戳的半连接报文段。',
    ],
    when: [
      'The echo lies outside the timestamps of the first and the last SYN-ACK; an ACK answers it.',
      '回显值不在第一个和最后一个 SYN-ACK 的时间戳之间；以 ACK 应答。',
    ],
    kernel: 'tcp_check_req',
    versions: ['In 6.18, not in 6.12.', '6.18 有，6.12 没有。'],
    see: ['SYN-RECV'],
  },
  TcpExtBeyondWindow: {
    means: ['Segments that reach past the window we offered.', '超出本机通告窗口的报文段。'],
    when: [
      'A segment of a connection starts inside the window or after it and lies beyond its end.',
      '连接收到的报文段位于窗口末端之外。',
    ],
    kernel: 'tcp_validate_incoming',
    see: ['TcpExtTCPACKSkippedSeq'],
  },
  TcpExtTCPChallengeACK: {
    means: [
      'Challenge ACKs sent: the answer to a segment that may be forged, which an honest peer corrects.',
      '发出的 challenge ACK：用于应答可能是伪造的报文段，正常的对端会予以纠正。',
    ],
    when: [
      'A SYN for a connection, a RST in the window but not at the expected number, or an ACK of what was never sent.',
      '对已有连接的 SYN、在窗口内但序号不符的 RST，或确认了从未发送的数据。',
    ],
    kernel: 'tcp_send_challenge_ack',
    since: '3.6',
    see: ['TcpExtTCPSYNChallenge', 'TcpExtTCPACKSkippedChallenge', 'net.ipv4.tcp_challenge_ack_limit'],
  },
  TcpExtTCPSYNChallenge: {
    means: ['SYNs that arrived for a connection that exists.', '对已存在的连接收到的 SYN。'],
    when: [
      'Any SYN or SYN-ACK in ESTAB or later; it is answered by a challenge ACK.',
      '在 ESTAB 及之后的状态收到 SYN 或 SYN-ACK；以 challenge ACK 应答。',
    ],
    kernel: 'tcp_validate_incoming',
    mistaken: [
      'It need not be an attack: a server whose accept queue filled up sends its SYN-ACK again.',
      '不一定是攻击：全连接队列已满的服务端会重发 SYN-ACK。',
    ],
    since: '3.6',
    see: ['TcpExtTCPChallengeACK', 'TcpInErrs'],
  },
  TcpExtTCPACKSkippedSynRecv: {
    means: [
      'Answers to segments of a half-open request that were held back.',
      '被抑制的、对半连接报文段的应答。',
    ],
    when: [
      'A duplicate SYN, or a segment outside the window, comes within tcp_invalid_ratelimit of the last one.',
      '重复的 SYN 或窗口外的报文段，与上一次相隔不到 tcp_invalid_ratelimit。',
    ],
    kernel: 'tcp_check_req, tcp_oow_rate_limited',
    see: ['net.ipv4.tcp_invalid_ratelimit', 'SYN-RECV'],
  },
  TcpExtTCPACKSkippedPAWS: {
    means: [
      'ACKs to segments with an old timestamp that were held back.',
      '被抑制的、对时间戳过旧报文段的 ACK。',
    ],
    when: [
      'A second such segment within tcp_invalid_ratelimit.',
      '在 tcp_invalid_ratelimit 之内再次收到这样的报文段。',
    ],
    kernel: 'tcp_validate_incoming, tcp_oow_rate_limited',
    see: ['TcpExtPAWSEstab', 'net.ipv4.tcp_invalid_ratelimit'],
  },
  TcpExtTCPACKSkippedSeq: {
    means: ['ACKs to segments outside the window that were held back.', '被抑制的、对窗口外报文段的 ACK。'],
    when: [
      'A second such segment within tcp_invalid_ratelimit.',
      '在 tcp_invalid_ratelimit 之内再次收到这样的报文段。',
    ],
    kernel: 'tcp_validate_incoming, tcp_oow_rate_limited',
    see: ['net.ipv4.tcp_invalid_ratelimit'],
  },
  TcpExtTCPACKSkippedFinWait2: {
    means: ['ACKs held back in FIN-WAIT-2 without a process.', '在没有进程的 FIN-WAIT-2 中被抑制的 ACK。'],
    when: [
      'A second segment outside the window within tcp_invalid_ratelimit.',
      '在 tcp_invalid_ratelimit 之内再次收到窗口外的报文段。',
    ],
    kernel: 'tcp_timewait_state_process, tcp_oow_rate_limited',
    see: ['FIN-WAIT-2'],
  },
  TcpExtTCPACKSkippedTimeWait: {
    means: ['ACKs held back in TIME-WAIT.', '在 TIME-WAIT 中被抑制的 ACK。'],
    when: [
      'A second segment that is not acceptable within tcp_invalid_ratelimit.',
      '在 tcp_invalid_ratelimit 之内再次收到不可接受的报文段。',
    ],
    kernel: 'tcp_timewait_state_process, tcp_oow_rate_limited',
    see: ['TIME-WAIT'],
  },
  TcpExtTCPACKSkippedChallenge: {
    means: ['Challenge ACKs that were held back.', '被抑制的 challenge ACK。'],
    when: [
      'A connection would send a second one within tcp_invalid_ratelimit.',
      '同一连接在 tcp_invalid_ratelimit 之内要再次发送 challenge ACK。',
    ],
    kernel: 'tcp_send_challenge_ack',
    see: ['TcpExtTCPChallengeACK'],
  },
  TcpExtTCPAbortOnSyn: {
    means: ['Connections ended by a SYN inside their window.', '被窗口内的 SYN 终止的连接。'],
    when: [
      'A SYN in the window of a connection. Newer kernels answer with a challenge ACK instead.',
      '连接的窗口内收到 SYN。较新的内核改为回复 challenge ACK。',
    ],
    kernel: 'tcp_validate_incoming',
    versions: ['Only up to 3.5.', '只存在于 3.5 及更早的内核。'],
    see: ['TcpExtTCPSYNChallenge'],
  },
  TcpExtTCPAbortOnData: {
    means: ['Connections reset because data was thrown away on purpose.', '因有意丢弃数据而重置的连接。'],
    when: [
      'close() with SO_LINGER of 0 s, or data that arrives after close() for a process that is gone.',
      'SO_LINGER 为 0 秒时 close()，或 close() 之后仍有数据到达，而进程已不再读取。',
    ],
    kernel: '__tcp_close, tcp_rcv_state_process',
    see: ['SO_LINGER', 'TcpExtTCPAbortOnClose'],
  },
  TcpExtTCPAbortOnClose: {
    means: [
      'Connections reset because the process closed them with data unread.',
      '进程关闭时仍有未读数据，因而重置的连接。',
    ],
    when: [
      'close() while the receive queue is not empty; the peer gets RST instead of FIN.',
      'close() 时接收队列不为空；对端收到 RST 而不是 FIN。',
    ],
    kernel: '__tcp_close',
    todo: ['Read to the end before close().', '在 close() 之前把数据读完。'],
    see: ['ECONNRESET', 'TcpOutRsts'],
  },
  TcpExtTCPAbortOnMemory: {
    means: [
      'Connections reset because there were too many orphans or too little memory.',
      '因孤儿连接过多或内存不足而重置的连接。',
    ],
    when: [
      'An orphan exceeds tcp_max_orphans or the memory limit of TCP.',
      '孤儿连接超过 tcp_max_orphans 或 TCP 的内存上限。',
    ],
    kernel: 'tcp_out_of_resources, __tcp_close',
    see: ['net.ipv4.tcp_max_orphans'],
  },
  TcpExtTCPAbortOnTimeout: {
    means: ['Connections given up because no answer came.', '因得不到应答而放弃的连接。'],
    when: [
      'The last retransmission, zero-window or keepalive timeout has passed, a connect() among them.',
      '最后一次重传、零窗口探测或保活超时已过，connect() 也包括在内。',
    ],
    kernel: 'tcp_write_err, tcp_keepalive_timer',
    mistaken: [
      'A half-open request of a listener that expires is not in it.',
      '监听套接字上过期的半连接不计入。',
    ],
    see: ['ETIMEDOUT', 'net.ipv4.tcp_retries2', 'net.ipv4.tcp_syn_retries'],
  },
  TcpExtTCPAbortOnLinger: {
    means: [
      'Connections reset in FIN-WAIT-2 because TCP_LINGER2 is negative.',
      '因 TCP_LINGER2 为负而在 FIN-WAIT-2 中重置的连接。',
    ],
    when: [
      'close() of a socket that is in FIN-WAIT-2 with TCP_LINGER2 below 0.',
      '套接字处于 FIN-WAIT-2 且 TCP_LINGER2 小于 0 时 close()。',
    ],
    kernel: '__tcp_close',
    mistaken: [
      'SO_LINGER does not move it: that is TCPAbortOnData.',
      '与 SO_LINGER 无关，那由 TCPAbortOnData 统计。',
    ],
    see: ['TCP_LINGER2', 'FIN-WAIT-2'],
  },
  TcpExtTCPAbortFailed: {
    means: ['Resets that could not be sent.', '未能发出的 RST。'],
    when: [
      'A connection is to be reset, and memory is short or the packet cannot be sent.',
      '要重置连接，但内存不足或报文无法发出。',
    ],
    kernel: 'tcp_send_active_reset',
    see: ['TcpOutRsts'],
  },
  TcpExtTCPKeepAlive: {
    means: ['Keepalive probes sent.', '发出的保活探测。'],
    when: [
      'A socket with SO_KEEPALIVE has been idle for its time.',
      '设置了 SO_KEEPALIVE 的套接字空闲达到设定时间。',
    ],
    kernel: 'tcp_keepalive_timer',
    see: ['SO_KEEPALIVE', 'net.ipv4.tcp_keepalive_time'],
  },
  TcpExtTCPBacklogDrop: {
    means: [
      'Segments dropped because too many waited for a system call that held their socket.',
      '系统调用占用套接字期间，等待的报文段过多而被丢弃的数量。',
    ],
    when: [
      'The queue of segments beside a socket that a process is working on is full.',
      '进程正占用套接字，旁边暂存报文段的队列已满。',
    ],
    kernel: 'tcp_add_backlog',
    mistaken: [
      'It has nothing to do with the backlog of listen(): a listener cannot move it since 4.4.',
      '它与 listen() 的 backlog 无关：4.4 起，监听套接字不会使它增加。',
    ],
    see: ['TcpExtListenOverflows', 'backlog'],
  },
} as const satisfies Partial<Record<CounterName, Entry>>;
