// Sysctls of the data path: buffers, windows, loss recovery.

import type { SysctlName } from '@halfopen/engine';
import type { SysctlEntry } from './entry.ts';

export const SYSCTLS_DATA = {
  'net.core.rmem_max': {
    means: [
      'Cap on SO_RCVBUF; it also enters the window scale that a SYN offers.',
      'SO_RCVBUF 的上限；同时影响 SYN 提供的窗口扩大因子。',
    ],
    when: [
      'Read at setsockopt(SO_RCVBUF), and when the window scale of a new connection is chosen.',
      '在 setsockopt(SO_RCVBUF) 时，以及为新连接选择窗口扩大因子时读取。',
    ],
    see: ['SO_RCVBUF', 'net.ipv4.tcp_rmem'],
  },
  'net.core.netdev_max_backlog': {
    means: [
      'Packets that may wait on one CPU for softirq; the next one is dropped, and only /proc/net/softnet_stat counts it.',
      '一个 CPU 上最多有多少报文等待软中断处理；再来的报文被丢弃，只有 /proc/net/softnet_stat 计数。',
    ],
    when: [
      'Read for each packet that takes this queue (loopback, veth, RPS). halfopen has the queue only on hosts with cpus.',
      '每个进入该队列的报文（loopback、veth、RPS）都读取。halfopen 中只有写了 cpus 的主机才有这个队列。',
    ],
    todo: [
      'Drops here mean that softirq does not keep up on that CPU. Spread the flows over more CPUs first (RSS, RPS); a longer queue only bridges short bursts.',
      '这里丢包说明该 CPU 的软中断处理不过来。先把流分散到更多 CPU（RSS、RPS）；加长队列只能应付短暂的突发。',
    ],
  },
  'net.core.wmem_max': {
    means: ['Cap on SO_SNDBUF.', 'SO_SNDBUF 的上限。'],
    when: ['Read at setsockopt(SO_SNDBUF).', '在 setsockopt(SO_SNDBUF) 时读取。'],
    see: ['SO_SNDBUF', 'net.ipv4.tcp_wmem'],
  },
  'net.ipv4.ip_default_ttl': {
    means: [
      'TTL of the packets that a socket sends when IP_TTL is not set.',
      '没有设置 IP_TTL 时，套接字发出报文的 TTL。',
    ],
    when: ['Read for each packet.', '每个报文都读取。'],
  },
  'net.ipv4.tcp_adv_win_scale': {
    means: ['Share of the receive buffer that is offered as window.', '接收缓冲区中用作通告窗口的比例。'],
    when: [
      'Read when buffer space is turned into a window, on kernels that still use it.',
      '在仍使用它的内核上，把缓冲区空间换算成窗口时读取。',
    ],
    see: ['net.ipv4.tcp_rmem'],
  },
  'net.ipv4.tcp_autocorking': {
    means: [
      'Hold small segments back while earlier ones still wait below TCP.',
      '之前的报文还在 TCP 之下排队时，暂缓发送小报文。',
    ],
    when: ['Read at send().', 'send() 时读取。'],
    since: '3.14',
    see: ['TcpExtTCPAutoCorking', 'TCP_NODELAY'],
  },
  'net.ipv4.tcp_base_mss': {
    means: ['Segment size at which path MTU probing starts.', '路径 MTU 探测的起始报文大小。'],
    when: ['Read when a connection starts with probing on.', '连接启用探测时读取。'],
    see: ['TcpExtTCPMTUPSuccess'],
  },
  'net.ipv4.tcp_early_retrans': {
    means: [
      '3 and 4 switch tail loss probes on: the last segment is sent again early when its ACK does not come.',
      '3 和 4 开启尾部丢包探测：最后一个报文迟迟没有 ACK 时，提前再发一次。',
    ],
    when: ['Read when data has been sent.', '发送数据后读取。'],
    since: '3.5',
    see: ['TcpExtTCPLossProbes'],
  },
  'net.ipv4.tcp_ecn': {
    means: [
      'Explicit congestion notification: 0 off, 1 ask for it and answer, 2 answer only.',
      '显式拥塞通知：0 关闭，1 主动请求并应答，2 只应答。',
    ],
    when: ['Read when a SYN is sent and when one arrives.', '发送 SYN 和收到 SYN 时读取。'],
    see: ['TcpExtTCPDeliveredCE'],
  },
  'net.ipv4.tcp_frto': {
    means: [
      'Detection of retransmission timeouts that were not caused by loss (F-RTO); 0 switches it off.',
      '识别并非由丢包引起的重传超时（F-RTO）；0 关闭。',
    ],
    when: ['Read when the retransmission timer fires.', '重传定时器到期时读取。'],
    see: ['TcpExtTCPSpuriousRTOs'],
  },
  'net.ipv4.tcp_min_rtt_wlen': {
    means: ['Window over which the least round-trip time is remembered.', '记录最小往返时间所用的时间窗口。'],
    when: ['Read at each sample of the round-trip time.', '每次得到往返时间样本时读取。'],
    since: '4.4',
  },
  'net.ipv4.tcp_min_snd_mss': {
    means: [
      'Least segment size used for sending, however small the MSS of the peer is.',
      '无论对端的 MSS 多小，发送报文的大小不低于此值。',
    ],
    when: ['Read when the MSS of a connection is computed.', '计算连接的 MSS 时读取。'],
    versions: [
      'Came with 5.2, and with the stable kernels of 2019 from 4.4.182 on.',
      '5.2 引入，2019 年的稳定版内核（4.4.182 起）也有。',
    ],
    since: '4.4',
    see: ['TCP_MAXSEG'],
  },
  'net.ipv4.tcp_moderate_rcvbuf': {
    means: [
      'The receive buffer grows by itself with what the process reads.',
      '接收缓冲区随进程的读取自动增大。',
    ],
    when: [
      'Read when data has been copied to the process; SO_RCVBUF switches it off for that socket.',
      '把数据复制给进程后读取；设置 SO_RCVBUF 会对该套接字关闭它。',
    ],
    see: ['net.ipv4.tcp_rmem', 'SO_RCVBUF'],
  },
  'net.ipv4.tcp_no_metrics_save': {
    means: [
      'Do not remember round-trip time and window of a closed connection for the next one to that peer.',
      '不为对端保存已关闭连接的往返时间和窗口供下次使用。',
    ],
    when: ['Read when a connection ends.', '连接结束时读取。'],
    see: ['net.ipv4.tcp_max_syn_backlog'],
  },
  'net.ipv4.tcp_pingpong_thresh': {
    means: [
      'How often a process must answer data with data before ACKs are delayed.',
      '进程用数据回应数据多少次之后，开始延迟 ACK。',
    ],
    when: ['Read when data is sent soon after some was received.', '收到数据后不久发送数据时读取。'],
    since: '6.7',
    see: ['TcpExtDelayedACKs', 'TCP_QUICKACK'],
  },
  'net.ipv4.tcp_recovery': {
    means: [
      'Bit 1 switches RACK on: loss is found by time, not only by counting duplicate ACKs.',
      '位 1 开启 RACK：按时间判断丢包，而不只是数重复 ACK。',
    ],
    when: ['Read at an ACK while segments are missing.', '有报文未确认、收到 ACK 时读取。'],
    since: '4.4',
    see: ['TcpExtTCPSackRecovery', 'TcpExtTCPFastRetrans'],
  },
  'net.ipv4.tcp_reordering': {
    means: ['Duplicate ACKs that are taken for loss at first.', '最初多少个重复 ACK 视为丢包。'],
    when: [
      'Copied into a socket at socket(); it grows when reordering is seen.',
      '在 socket() 时复制到套接字；发现乱序后会增大。',
    ],
    see: ['TcpExtTCPSACKReorder'],
  },
  'net.ipv4.tcp_rmem': {
    means: [
      'Receive buffer of a TCP socket: least, at the start, most. The last also sets the window scale of a SYN.',
      'TCP 套接字的接收缓冲区：最小、初始、最大。最大值还决定 SYN 的窗口扩大因子。',
    ],
    when: [
      'The start value is copied at socket(); the others are read while the buffer grows.',
      '初始值在 socket() 时复制；其余在缓冲区增大时读取。',
    ],
    see: ['net.ipv4.tcp_moderate_rcvbuf', 'SO_RCVBUF', 'net.core.rmem_max'],
  },
  'net.ipv4.tcp_wmem': {
    means: [
      'Send buffer of a TCP socket: least, at the start, most.',
      'TCP 套接字的发送缓冲区：最小、初始、最大。',
    ],
    when: [
      'The start value is copied at socket(); the last bounds its growth.',
      '初始值在 socket() 时复制；最大值限制其增长。',
    ],
    see: ['SO_SNDBUF', 'net.core.wmem_max'],
  },
  'net.ipv4.tcp_sack': {
    means: ['Selective acknowledgements for new connections.', '新连接是否使用选择性确认。'],
    when: ['Read for each SYN and SYN-ACK.', '每个 SYN 和 SYN-ACK 都读取。'],
    see: ['TcpExtTCPSackRecovery'],
  },
  'net.ipv4.tcp_slow_start_after_idle': {
    means: [
      'After a pause of more than one retransmission timeout the congestion window starts small again.',
      '空闲超过一个重传超时后，拥塞窗口重新从小开始。',
    ],
    when: ['Read when data is sent after a pause.', '空闲后发送数据时读取。'],
  },
  'net.ipv4.tcp_window_scaling': {
    means: [
      'The window scale option: without it no window is larger than 65535 bytes.',
      '窗口扩大选项：没有它，窗口不超过 65535 字节。',
    ],
    when: ['Read for each SYN and SYN-ACK.', '每个 SYN 和 SYN-ACK 都读取。'],
    see: ['net.ipv4.tcp_rmem', 'net.ipv4.tcp_syncookies'],
  },
} as const satisfies Partial<Record<SysctlName, SysctlEntry>>;
