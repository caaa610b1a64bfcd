// Counters of the data phase: timers, retransmission, loss recovery, receive memory, windows.

import type { CounterName } from '@halfopen/engine';
import type { Entry } from './entry.ts';

export const COUNTERS_DATA = {
  TcpExtTCPTimeouts: {
    means: ['Retransmission timers that fired.', '到期的重传定时器。'],
    when: [
      'The timer of a SYN, of data, or of the SYN-ACK of a half-open request fires; also when that request then expires.',
      'SYN、数据或半连接的 SYN-ACK 的定时器到期；半连接因此过期时也计入。',
    ],
    kernel: 'tcp_retransmit_timer, reqsk_timer_handler',
    mistaken: [
      'It is not the number of connections that timed out: that is TCPAbortOnTimeout.',
      '它不是超时失败的连接数，那是 TCPAbortOnTimeout。',
    ],
    versions: ['2.6.32 does not count the timer of SYN-ACKs.', '2.6.32 不统计 SYN-ACK 的定时器。'],
    see: ['TcpExtTCPAbortOnTimeout', 'TcpExtTCPSynRetrans', 'TcpRetransSegs'],
  },
  TcpExtTCPLossProbes: {
    means: [
      'Tail loss probes: the last segment sent again before its retransmission timer fires.',
      '尾部丢包探测：在重传定时器到期之前再次发送最后一个报文段。',
    ],
    when: [
      'No ACK comes for about two round-trip times; with one segment in flight 200 ms are added.',
      '约两个往返时间内没有 ACK；只有一个报文在途时再加 200 ms。',
    ],
    kernel: 'tcp_send_loss_probe',
    mistaken: ['It does not move TCPTimeouts.', '它不会使 TCPTimeouts 增加。'],
    see: ['TcpExtTCPLossProbeRecovery', 'net.ipv4.tcp_early_retrans'],
  },
  TcpExtTCPLossProbeRecovery: {
    means: ['Losses that a tail loss probe repaired.', '由尾部丢包探测修复的丢包。'],
    when: [
      'The ACK shows that the probe filled the gap, not the first copy.',
      'ACK 表明补上缺口的是探测报文，而不是原来的报文。',
    ],
    kernel: 'tcp_process_tlp_ack',
    see: ['TcpExtTCPLossProbes'],
  },
  TcpExtDelayedACKs: {
    means: ['ACKs sent by the delayed-ACK timer.', '由延迟 ACK 定时器发出的 ACK。'],
    when: [
      'The timer fires before data or more segments carry the ACK.',
      '定时器到期时，还没有数据或后续报文带走 ACK。',
    ],
    kernel: 'tcp_delack_timer_handler',
    see: ['TCP_QUICKACK', 'TCP_NODELAY'],
  },
  TcpExtDelayedACKLocked: {
    means: [
      'Delayed-ACK timers that found a system call at work on the socket.',
      '延迟 ACK 定时器到期时，套接字正被系统调用占用的次数。',
    ],
    when: [
      'The socket is owned by a process; the ACK follows when the call ends.',
      '套接字正被进程占用；ACK 在调用结束时发出。',
    ],
    kernel: 'tcp_delack_timer',
  },
  TcpExtDelayedACKLost: {
    means: [
      'Segments that arrived twice, as if our ACK had been late or lost.',
      '重复到达的报文段，像是本机的 ACK 迟到或丢失。',
    ],
    when: ['A segment begins with data that we have already.', '报文段以已收到的数据开头。'],
    kernel: 'tcp_data_queue, tcp_send_dupack',
    see: ['TcpExtTCPDSACKOldSent'],
  },
  TcpExtTCPHPHits: {
    means: ['Data segments received on the fast path.', '走快速路径接收的数据报文段。'],
    when: [
      'The next segment in order, with nothing unusual in its header.',
      '按序到达且首部没有特殊之处的报文段。',
    ],
    kernel: 'tcp_rcv_established',
  },
  TcpExtTCPPureAcks: {
    means: ['ACKs without data taken on the slow path.', '走慢速路径处理的、不带数据的 ACK。'],
    when: [
      'A bare ACK needs the full processing; the third ACK of a handshake does.',
      '不带数据的 ACK 需要完整处理，例如握手的第三个 ACK。',
    ],
    kernel: 'tcp_ack',
    see: ['TcpExtTCPHPAcks'],
  },
  TcpExtTCPHPAcks: {
    means: ['ACKs taken on the fast path.', '走快速路径处理的 ACK。'],
    when: [
      'An ACK that moves the window forward, with nothing unusual in it.',
      '推进窗口且没有特殊之处的 ACK。',
    ],
    kernel: 'tcp_ack',
    see: ['TcpExtTCPPureAcks'],
  },
  TcpExtTCPRenoRecovery: {
    means: [
      'Times that a connection without SACK began to repair a loss.',
      '不使用 SACK 的连接开始修复丢包的次数。',
    ],
    when: ['Duplicate ACKs put the connection into recovery.', '重复 ACK 使连接进入恢复状态。'],
    kernel: 'tcp_enter_recovery',
    see: ['TcpExtTCPSackRecovery'],
  },
  TcpExtTCPSackRecovery: {
    means: [
      'Times that a connection with SACK began to repair a loss.',
      '使用 SACK 的连接开始修复丢包的次数。',
    ],
    when: ['SACK blocks or RACK put the connection into recovery.', 'SACK 块或 RACK 使连接进入恢复状态。'],
    kernel: 'tcp_enter_recovery',
    see: ['TcpExtTCPFastRetrans', 'net.ipv4.tcp_sack'],
  },
  TcpExtTCPSACKReneging: {
    means: ['Peers that took a SACK back.', '对端收回了已发出的 SACK。'],
    when: [
      'A cumulative ACK stops at a segment that had been selectively acknowledged.',
      '累积确认停在一个曾被选择性确认的报文段上。',
    ],
    kernel: 'tcp_check_sack_reneging',
  },
  TcpExtTCPSACKReorder: {
    means: ['Reordering found by SACK.', '通过 SACK 发现的乱序。'],
    when: [
      'A segment is acknowledged later than one that was sent after it, without having been resent.',
      '未经重传的报文段，比后发的报文段更晚得到确认。',
    ],
    kernel: 'tcp_check_sack_reordering',
    mistaken: ['Reordering is not loss.', '乱序不是丢包。'],
    see: ['net.ipv4.tcp_reordering'],
  },
  TcpExtTCPRenoReorder: {
    means: [
      'Reordering found by duplicate ACKs, on connections without SACK.',
      '不使用 SACK 的连接通过重复 ACK 发现的乱序。',
    ],
    when: ['More duplicate ACKs came than segments were missing.', '重复 ACK 的数量多于缺失的报文段。'],
    kernel: 'tcp_check_reno_reordering',
  },
  TcpExtTCPTSReorder: {
    means: ['Reordering found by timestamps.', '通过时间戳发现的乱序。'],
    when: [
      'During recovery, a partial ACK whose timestamp shows that the first copy had arrived.',
      '恢复期间，部分确认的时间戳表明先前的报文其实已到达。',
    ],
    kernel: 'tcp_check_sack_reordering',
  },
  TcpExtTCPFullUndo: {
    means: ['Recoveries that turned out needless and were undone.', '事后证明不必要而撤销的恢复。'],
    when: [
      'Timestamps or D-SACKs show that nothing resent in a recovery had been lost.',
      '时间戳或 D-SACK 表明恢复期间重传的报文并没有丢失。',
    ],
    kernel: 'tcp_try_undo_recovery',
  },
  TcpExtTCPPartialUndo: {
    means: ['Recoveries undone at a partial ACK.', '在部分确认时撤销的恢复。'],
    when: [
      'During recovery a partial ACK shows that a resend was needless.',
      '恢复期间的部分确认表明重传没有必要。',
    ],
    kernel: 'tcp_try_undo_partial',
  },
  TcpExtTCPDSACKUndo: {
    means: [
      'Recoveries undone because D-SACKs named every resend as a duplicate.',
      '因 D-SACK 指出所有重传都是重复而撤销的恢复。',
    ],
    when: [
      'The last resend of a recovery is reported as received twice.',
      '一次恢复中最后一个重传被报告为重复收到。',
    ],
    kernel: 'tcp_try_undo_dsack',
  },
  TcpExtTCPLossUndo: {
    means: [
      'Retransmission timeouts that turned out needless and were undone.',
      '事后证明不必要而撤销的重传超时。',
    ],
    when: [
      'After a timeout, timestamps, D-SACKs or F-RTO show that the first copies had arrived.',
      '超时之后，时间戳、D-SACK 或 F-RTO 表明原报文已到达。',
    ],
    kernel: 'tcp_try_undo_loss',
    see: ['TcpExtTCPSpuriousRTOs'],
  },
  TcpExtTCPSpuriousRTOs: {
    means: ['Retransmission timeouts that F-RTO found needless.', '被 F-RTO 判定为不必要的重传超时。'],
    when: [
      'After a timeout an ACK covers data that was not resent.',
      '超时之后，ACK 确认了没有重传过的数据。',
    ],
    kernel: 'tcp_try_undo_loss',
    see: ['net.ipv4.tcp_frto'],
  },
  TcpExtTCPLostRetransmit: {
    means: ['Resends that were lost as well.', '重传后再次丢失的报文段。'],
    when: [
      'A segment that has been resent is marked lost again; also at each further resend of a SYN.',
      '已重传的报文段再次被标记为丢失；SYN 的后续每次重传也计入。',
    ],
    kernel: 'tcp_mark_skb_lost',
    see: ['TcpRetransSegs'],
  },
  TcpExtTCPRenoFailures: {
    means: [
      'Timeouts while duplicate ACKs were being counted, without SACK.',
      '不使用 SACK 的连接在统计重复 ACK 期间发生的超时。',
    ],
    when: ['The retransmission timer fires before recovery begins.', '尚未进入恢复时重传定时器到期。'],
    kernel: 'tcp_retransmit_timer',
  },
  TcpExtTCPSackFailures: {
    means: ['Timeouts while SACK blocks were coming in.', '正在收到 SACK 块期间发生的超时。'],
    when: ['The retransmission timer fires before recovery begins.', '尚未进入恢复时重传定时器到期。'],
    kernel: 'tcp_retransmit_timer',
  },
  TcpExtTCPLossFailures: {
    means: [
      'Timeouts while an earlier timeout was still being repaired.',
      '前一次超时尚未修复完又发生的超时。',
    ],
    when: [
      'The first timer of a segment fires in the state that a timeout leads to.',
      '处于超时后的丢包状态时，报文段的首个定时器到期。',
    ],
    kernel: 'tcp_retransmit_timer',
  },
  TcpExtTCPRenoRecoveryFail: {
    means: ['Recoveries without SACK that ended in a timeout.', '不使用 SACK 的连接以超时告终的恢复。'],
    when: ['The retransmission timer fires during recovery.', '恢复期间重传定时器到期。'],
    kernel: 'tcp_retransmit_timer',
  },
  TcpExtTCPSackRecoveryFail: {
    means: ['Recoveries with SACK that ended in a timeout.', '使用 SACK 的连接以超时告终的恢复。'],
    when: ['The retransmission timer fires during recovery.', '恢复期间重传定时器到期。'],
    kernel: 'tcp_retransmit_timer',
  },
  TcpExtTCPFastRetrans: {
    means: ['Segments resent without waiting for the timer.', '不等定时器到期就重传的报文段。'],
    when: [
      'Recovery resends what SACK, RACK or duplicate ACKs show as lost.',
      '恢复期间重传由 SACK、RACK 或重复 ACK 判定丢失的报文段。',
    ],
    kernel: 'tcp_xmit_retransmit_queue',
    see: ['TcpRetransSegs', 'TcpExtTCPSlowStartRetrans'],
  },
  TcpExtTCPSlowStartRetrans: {
    means: ['Segments resent after a timeout, beyond the first.', '超时之后继续重传的报文段（不含第一个）。'],
    when: [
      'After a retransmission timeout the rest of the lost data is sent again.',
      '重传超时之后，其余丢失的数据被再次发送。',
    ],
    kernel: 'tcp_xmit_retransmit_queue',
    see: ['TcpExtTCPTimeouts'],
  },
  TcpExtTCPRetransFail: {
    means: ['Resends that could not be sent.', '未能发出的重传。'],
    when: [
      'The packet is refused below TCP, for one by a netfilter rule.',
      '报文在 TCP 之下被拒绝，例如被 netfilter 规则丢弃。',
    ],
    kernel: '__tcp_retransmit_skb',
    mistaken: [
      'It is counted beside RetransSegs, not instead of it; a SYN-ACK never moves it.',
      '它与 RetransSegs 同时增加，而不是取而代之；SYN-ACK 不会使它增加。',
    ],
  },
  TcpExtTCPSpuriousRtxHostQueues: {
    means: [
      'Resends left out because the first copy had not left the host yet.',
      '原报文尚未离开本机，因而省去的重传。',
    ],
    when: [
      'A timer fires while the packet is still queued below TCP, as a SYN is while ARP gets no answer.',
      '定时器到期时报文仍在 TCP 之下排队，例如 ARP 没有应答时的 SYN。',
    ],
    kernel: 'skb_still_in_host_queue',
    see: ['EHOSTUNREACH'],
  },
  TcpExtTcpTimeoutRehash: {
    means: [
      'Timeouts after which the connection chose another hash, and so perhaps another path.',
      '超时后连接更换了哈希值，从而可能换用另一条路径。',
    ],
    when: ['The retransmission timer of a SYN or of data fires.', 'SYN 或数据的重传定时器到期。'],
    kernel: 'tcp_write_timeout',
  },
  TcpExtTcpDuplicateDataRehash: {
    means: [
      'Repeated data after which the connection chose another hash for its ACKs.',
      '收到重复数据后，连接为 ACK 更换了哈希值。',
    ],
    when: ['Data arrives again with another flow label (IPv6).', '数据以不同的流标签再次到达（IPv6）。'],
    kernel: 'tcp_rcv_spurious_retrans',
  },
  TcpExtTCPDSACKOldSent: {
    means: [
      'D-SACKs sent for data that had been acknowledged already: the peer resent needlessly.',
      '针对已确认数据发出的 D-SACK：对端做了不必要的重传。',
    ],
    when: ['A segment below the expected sequence number arrives.', '收到序号低于期望值的报文段。'],
    kernel: 'tcp_dsack_set',
    see: ['TcpExtTCPDSACKRecv'],
  },
  TcpExtTCPDSACKOfoSent: {
    means: [
      'D-SACKs sent for data that already waited out of order.',
      '针对已在乱序队列中的数据发出的 D-SACK。',
    ],
    when: ['A segment repeats what the out-of-order queue holds.', '报文段与乱序队列中的数据重复。'],
    kernel: 'tcp_dsack_set',
  },
  TcpExtTCPDSACKRecv: {
    means: ['D-SACKs received: a resend of ours was needless.', '收到的 D-SACK：本机的重传没有必要。'],
    when: ['The first SACK block lies below the ACK.', '第一个 SACK 块低于 ACK。'],
    kernel: 'tcp_check_dsack',
    see: ['TcpExtTCPDSACKOldSent'],
  },
  TcpExtTCPDSACKOfoRecv: {
    means: ['D-SACKs received for data above the ACK.', '针对 ACK 之上数据收到的 D-SACK。'],
    when: ['The first SACK block lies within the second.', '第一个 SACK 块包含在第二个之内。'],
    kernel: 'tcp_check_dsack',
  },
  TcpExtTCPDSACKIgnoredOld: {
    means: ['D-SACKs that were too old to use.', '因过旧而未使用的 D-SACK。'],
    when: [
      'The block names data from before the recovery that could be undone.',
      '该块指向可撤销的恢复之前的数据。',
    ],
    kernel: 'tcp_sacktag_write_queue',
  },
  TcpExtTCPDSACKIgnoredNoUndo: {
    means: ['D-SACKs that came while there was nothing to undo.', '没有可撤销的恢复时收到的 D-SACK。'],
    when: [
      'The block is not acceptable and no recovery is remembered.',
      '该块不可接受，且没有记录任何恢复。',
    ],
    kernel: 'tcp_sacktag_write_queue',
  },
  TcpExtTCPDSACKIgnoredDubious: {
    means: ['D-SACKs that name more duplicates than were resent.', '指出的重复数多于实际重传数的 D-SACK。'],
    when: ['The blocks received exceed the resends of the connection.', '收到的块数超过该连接的重传数。'],
    kernel: 'tcp_check_dsack, tcp_dsack_seen',
  },
  TcpExtTCPSACKDiscard: {
    means: ['SACK blocks that made no sense.', '无意义的 SACK 块数。'],
    when: [
      'The block ends beyond what was sent, is reversed, or begins at or before the ACK, and is no D-SACK.',
      '该块超出已发送的范围、首尾颠倒，或起点不在 ACK 之后，且不是 D-SACK。',
    ],
    kernel: 'tcp_sacktag_write_queue, tcp_is_sackblock_valid',
  },
  TcpExtTCPDSACKRecvSegs: {
    means: ['Segments that D-SACKs reported as received twice.', 'D-SACK 报告的重复报文段数。'],
    when: [
      'A D-SACK that is not dubious is counted by the segments that it covers.',
      '可信的 D-SACK 按其覆盖的报文段数计入。',
    ],
    kernel: 'tcp_check_dsack',
    see: ['TcpExtTCPDSACKRecv'],
  },
  TcpExtTCPSackMerged: {
    means: [
      'SACKed pieces of the send queue that became a part of the piece before them.',
      '整体并入前一块的已 SACK 发送队列数据块数。',
    ],
    when: [
      'A SACK block reaches from one piece of the queue into the next and covers it, or fills a hole between two.',
      'SACK 块从队列中的一块延伸到并覆盖下一块，或填补两块之间的空洞。',
    ],
    kernel: 'tcp_shifted_skb',
    see: ['TcpExtTCPSackShifted', 'TcpExtTCPSackShiftFallback'],
  },
  TcpExtTCPSackShifted: {
    means: [
      'Times that the SACKed beginning of a piece of the send queue was moved to the piece before it.',
      '发送队列中某块的已 SACK 前部移入前一块的次数。',
    ],
    when: [
      'A SACK block reaches from one piece of the queue into the next and covers some of its segments.',
      'SACK 块从队列中的一块延伸到下一块，只覆盖其中一部分报文段。',
    ],
    kernel: 'tcp_shifted_skb',
    see: ['TcpExtTCPSackMerged', 'TcpExtTCPSackShiftFallback'],
  },
  TcpExtTCPSackShiftFallback: {
    means: [
      'SACKed segments that could not be merged with their neighbour in the send queue.',
      '无法与发送队列中相邻报文合并的已 SACK 报文段。',
    ],
    when: ['The attempt to merge gives up.', '尝试合并但放弃。'],
    kernel: 'tcp_shift_skb_data',
  },
  TcpExtPruneCalled: {
    means: ['Times that a receive queue had to be made smaller.', '不得不压缩接收队列的次数。'],
    when: ['A segment arrives and the receive buffer is full.', '报文段到达时接收缓冲区已满。'],
    kernel: 'tcp_prune_queue',
    see: ['TcpExtRcvPruned', 'SO_RCVBUF'],
  },
  TcpExtTCPRcvCollapsed: {
    means: [
      'Received segments that were copied into fuller buffers, which saves the memory of their own.',
      '为节省内存而被复制到更满的缓冲区中的已接收报文段。',
    ],
    when: [
      'A segment arrives, the receive buffer is full, and its segments take more memory than their share of the window.',
      '报文段到达时接收缓冲区已满，且其中的报文段占用的内存多于它们在窗口中的份额。',
    ],
    kernel: 'tcp_collapse',
    see: ['TcpExtPruneCalled', 'SO_RCVBUF'],
  },
  TcpExtRcvPruned: {
    means: [
      'Times that making the receive queue smaller was not enough, so data was dropped.',
      '压缩接收队列后仍然不够，因而丢弃数据的次数。',
    ],
    when: ['After pruning, the queue is still above the receive buffer.', '压缩之后队列仍超过接收缓冲区。'],
    kernel: 'tcp_prune_queue',
  },
  TcpExtOfoPruned: {
    means: [
      'Times that segments waiting out of order were dropped for want of memory.',
      '因内存不足而丢弃乱序报文段的次数。',
    ],
    when: [
      'Pruning takes segments out of the out-of-order queue; the peer must send them again.',
      '压缩时从乱序队列中删除报文段，对端须重新发送。',
    ],
    kernel: 'tcp_prune_ofo_queue',
  },
  TcpExtTCPRcvCoalesce: {
    means: [
      'Segments merged with their neighbour in the receive queue.',
      '在接收队列中与相邻报文合并的报文段。',
    ],
    when: [
      'A segment follows directly on one that waits and fits into its buffer.',
      '报文段紧接在等待中的报文之后，且可并入其缓冲区。',
    ],
    kernel: 'tcp_try_coalesce',
  },
  TcpExtTCPOFOQueue: {
    means: [
      'Segments that arrived out of order and wait for what is missing.',
      '乱序到达、等待缺失数据的报文段。',
    ],
    when: [
      'A segment in the window lies above the next expected byte.',
      '窗口内的报文段高于下一个期望的字节。',
    ],
    kernel: 'tcp_data_queue_ofo',
  },
  TcpExtTCPOFODrop: {
    means: ['Segments out of order that were dropped for want of memory.', '因内存不足而丢弃的乱序报文段。'],
    when: ['No receive memory is left for a segment out of order.', '没有接收内存可供乱序报文段使用。'],
    kernel: 'tcp_data_queue_ofo',
  },
  TcpExtTCPOFOMerge: {
    means: [
      'Segments out of order dropped because another one holds all their data.',
      '数据已全部包含在另一个乱序报文段中、因而丢弃的乱序报文段。',
    ],
    when: [
      'One of the out-of-order queue covers another one and takes its place.',
      '乱序队列中的一个报文段完全覆盖另一个并取而代之。',
    ],
    kernel: 'tcp_data_queue_ofo',
  },
  TcpExtTCPZeroWindowDrop: {
    means: ['Data dropped because our window is zero.', '因本机窗口为零而丢弃的数据。'],
    when: [
      'New data arrives in order while the window we offer is closed.',
      '通告窗口已关闭时，新数据按序到达。',
    ],
    kernel: 'tcp_data_queue',
    see: ['TcpExtTCPToZeroWindowAdv'],
  },
  TcpExtTCPRcvQDrop: {
    means: ['Data in order that was dropped for want of receive memory.', '因接收内存不足而丢弃的按序数据。'],
    when: ['The receive buffer stays full after pruning.', '压缩之后接收缓冲区仍然是满的。'],
    kernel: 'tcp_data_queue',
    see: ['TcpExtPruneCalled'],
  },
  TcpExtTCPToZeroWindowAdv: {
    means: [
      'Times that we closed our window: the process reads too slowly.',
      '本机关闭窗口的次数：进程读取太慢。',
    ],
    when: [
      'A segment is sent with window 0 after one with more.',
      '先前窗口非零，之后发送窗口为 0 的报文段。',
    ],
    kernel: 'tcp_select_window',
    see: ['TcpExtTCPFromZeroWindowAdv', 'Recv-Q'],
  },
  TcpExtTCPFromZeroWindowAdv: {
    means: ['Times that we opened our window again.', '本机重新打开窗口的次数。'],
    when: [
      'A segment is sent with a window after one with window 0.',
      '窗口为 0 之后，发送窗口非零的报文段。',
    ],
    kernel: 'tcp_select_window',
  },
  TcpExtTCPWantZeroWindowAdv: {
    means: [
      'Times that the window should have been 0 but could not be taken back.',
      '本应通告零窗口、但窗口不能收回的次数。',
    ],
    when: [
      'No space is left while the peer may still use a window offered earlier.',
      '已没有空间，但对端仍可使用先前通告的窗口。',
    ],
    kernel: 'tcp_select_window',
  },
  TcpExtTCPWinProbe: {
    means: ['Probes of a peer whose window is zero.', '对零窗口对端的探测。'],
    when: [
      'The peer’s window is closed, data waits, and the probe timer fires.',
      '对端窗口关闭、有数据等待，且探测定时器到期。',
    ],
    kernel: 'tcp_send_probe0',
  },
  TcpExtTCPOrigDataSent: {
    means: ['Segments with data sent for the first time.', '首次发送的数据报文段。'],
    when: ['New data goes out; a FIN counts, a resend does not.', '发送新数据；FIN 计入，重传不计。'],
    kernel: 'tcp_event_new_data_sent',
    see: ['TcpRetransSegs'],
  },
  TcpExtTCPDelivered: {
    means: [
      'Segments that the peer has received, as far as its ACKs tell.',
      '按 ACK 判断对端已收到的报文段。',
    ],
    when: [
      'An ACK or SACK covers a segment for the first time; the SYN counts.',
      'ACK 或 SACK 首次覆盖某个报文段；SYN 计入。',
    ],
    kernel: 'tcp_ack',
  },
  TcpExtTCPDeliveredCE: {
    means: [
      'Delivered segments for which the peer reported congestion (ECN).',
      '对端报告拥塞（ECN）的已送达报文段。',
    ],
    when: ['An ACK with ECE covers them.', '带 ECE 的 ACK 确认了它们。'],
    kernel: 'tcp_ack',
    see: ['net.ipv4.tcp_ecn'],
  },
  TcpExtTCPAckCompressed: {
    means: ['ACKs left out because several were sent as one.', '多个 ACK 合并为一个而省去的数量。'],
    when: [
      'Duplicate ACKs of out-of-order data are held back by a short timer.',
      '乱序数据引起的重复 ACK 被短定时器暂缓。',
    ],
    kernel: '__tcp_ack_snd_check',
  },
  TcpExtTCPAutoCorking: {
    means: [
      'Small segments that waited for earlier ones still queued below TCP.',
      '等待 TCP 之下排队的先前报文而暂缓的小报文段。',
    ],
    when: [
      'send() with little data while an earlier packet has not left the host.',
      '先前的报文尚未离开本机时，send() 少量数据。',
    ],
    kernel: 'tcp_push',
    see: ['net.ipv4.tcp_autocorking'],
  },
  TcpExtTCPMTUPFail: {
    means: ['Path MTU probes that were lost.', '丢失的路径 MTU 探测。'],
    when: ['The probe of a larger segment is found lost.', '较大报文段的探测被判定丢失。'],
    kernel: 'tcp_mtup_probe_failed',
  },
  TcpExtTCPMTUPSuccess: {
    means: ['Path MTU probes that arrived.', '成功到达的路径 MTU 探测。'],
    when: ['The probe of a larger segment is acknowledged.', '较大报文段的探测得到确认。'],
    kernel: 'tcp_mtup_probe_success',
    see: ['net.ipv4.tcp_base_mss'],
  },
} as const satisfies Partial<Record<CounterName, Entry>>;
