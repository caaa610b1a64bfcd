// Popular claims that Linux does not bear out, each with what holds instead. Entries name them by number, so that a
// correction is written once.

import type { Text } from './entry.ts';

export const MYTHS = {
  M1: [
    'Raising tcp_max_syn_backlog does not make the SYN queue longer while SYN cookies are on: it is read only with tcp_syncookies=0.',
    '开启 SYN cookie 时，调大 tcp_max_syn_backlog 不会加长半连接队列：只有 tcp_syncookies=0 时才读取它。',
  ],
  M2: [
    'A lost SYN is not resent at 1, 3, 7, 15 s on every kernel: since 6.5 the first resends leave one second apart (1, 2, 3, 4, 5, 7, 11 s).',
    '并非所有内核都在 1、3、7、15 秒重传 SYN：6.5 起前几次重传各隔一秒（1、2、3、4、5、7、11 秒）。',
  ],
  M3: [
    'tcp_abort_on_overflow=1 is no test for a full accept queue: since 4.10 the SYN itself is dropped in silence, and a RST comes only when the queue filled up after the SYN-ACK.',
    'tcp_abort_on_overflow=1 不能用来判断全连接队列是否已满：4.10 起 SYN 本身就被悄悄丢弃，只有队列在发出 SYN-ACK 之后才满时才会发 RST。',
  ],
  M4: [
    'ListenDrops is not the accept queue alone: it also counts a full SYN queue with cookies off, the tcp_max_syn_backlog reserve, no route, broadcast SYNs and ICMP errors. Only ListenOverflows is the accept queue.',
    'ListenDrops 不只统计全连接队列：关闭 cookie 时半连接队列满、tcp_max_syn_backlog 的预留、没有路由、广播 SYN 和 ICMP 错误都计入其中。只有 ListenOverflows 专指全连接队列。',
  ],
  M5: [
    'Raising somaxconn alone changes nothing: the limit is min(backlog, somaxconn), taken when the service calls listen().',
    '只调大 somaxconn 并不生效：上限是 min(backlog, somaxconn)，在服务调用 listen() 时取值。',
  ],
  M6: [
    'The value of the host does not reach a container: a new network namespace starts with the default of the kernel and has a value of its own.',
    '宿主机的值不会传给容器：新的网络命名空间从内核默认值开始，各有自己的值。',
  ],
  M7: [
    'tcp_fin_timeout does not shorten TIME-WAIT: that always lasts 60 s. It is the life of an orphan in FIN-WAIT-2.',
    'tcp_fin_timeout 不会缩短 TIME-WAIT，后者固定为 60 秒；它决定的是孤儿连接在 FIN-WAIT-2 停留多久。',
  ],
  M8: [
    'tcp_tw_recycle is no remedy: it dropped SYNs of clients behind NAT, and Linux 4.12 removed it.',
    'tcp_tw_recycle 不是解决办法：它会丢弃 NAT 后面客户端的 SYN，Linux 4.12 已将其删除。',
  ],
  M9: [
    'A range of 1024 to 65535 is not free of cost: a client socket may then take the port of a listener, which cannot bind after a restart.',
    '把范围设为 1024 到 65535 并非没有代价：客户端套接字可能占用监听服务的端口，服务重启后就无法 bind。',
  ],
  M10: [
    'On a LISTEN row of ss, Recv-Q and Send-Q are not bytes: Recv-Q is the number of connections that wait for accept(), Send-Q the backlog in force.',
    '在 ss 的 LISTEN 行中，Recv-Q 和 Send-Q 不是字节数：Recv-Q 是等待 accept() 的连接数，Send-Q 是实际生效的 backlog。',
  ],
  M11: [
    'The accept queue does not hold backlog connections but one more.',
    '全连接队列容纳的不是 backlog 个连接，而是再多一个。',
  ],
  M12: [
    '28232 ports are not 28232 connections: the same port serves several destinations, so the limit holds for each source address, destination address and destination port, unless bind() took the port first.',
    '28232 个端口不等于 28232 条连接：同一端口可用于多个目的地，所以上限是对每组源地址、目的地址和目的端口而言；事先用 bind() 占用端口的除外。',
  ],
  M13: [
    'Tools that watch kfree_skb do not see every drop: a SYN refused for a full accept queue is freed as consumed and raises no drop event.',
    '监视 kfree_skb 的工具看不到所有丢包：因全连接队列已满而被拒绝的 SYN 按正常消费释放，不产生丢包事件。',
  ],
  M14: [
    'SYN cookies are not free of cost: without timestamps the connection has no window scaling and no SACK, and the MSS is rounded down to one of four values.',
    'SYN cookie 并非没有代价：没有时间戳的连接会失去窗口扩大和 SACK，MSS 也只能向下取四个值之一。',
  ],
  M15: [
    'A longer backlog is not always better: when accept() is the bottleneck, the queue only makes each connection wait longer.',
    'backlog 并非越大越好：瓶颈在 accept() 时，更长的队列只会让每个连接等得更久。',
  ],
} as const satisfies Record<string, Text>;

export type MythId = keyof typeof MYTHS;
