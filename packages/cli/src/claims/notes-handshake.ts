// Statements N1 to N23 of the notes: inside the handshake.

import { byCookies, type Claim, connect, flood, pair, serve } from './claim.ts';

const SOMAXCONN = 'net.core.somaxconn';
const SYN_BACKLOG = 'net.ipv4.tcp_max_syn_backlog';
const COOKIES = 'net.ipv4.tcp_syncookies';
const RANGE = 'net.ipv4.ip_local_port_range';

/** How long the half-open queue gets, with tcp_max_syn_backlog of 16 and of 64. */
const synBacklog = (server: object) => ({
  ...pair({ duration: '2s', inject: flood(300), processes: [serve({ backlog: 128 })] }, { server }),
  variants: [
    { name: 'low', set: { [`server:${SYN_BACKLOG}`]: 16 } },
    { name: 'high', set: { [`server:${SYN_BACKLOG}`]: 64 } },
  ],
});

/** A client that connects while the half-open queue is full. */
const beyondCapacity = (server: object) =>
  pair(
    {
      duration: '3s',
      inject: flood(300),
      processes: [serve({ backlog: 8, reply: 10 }), connect({ start: '1s', reply: 10 })],
    },
    { server: { [SYN_BACKLOG]: 16, ...server } },
  );

/** More clients than the accept queue takes, and nobody who accepts. */
const notAccepted = (backlog: number, server: object = {}, count = 20) =>
  pair(
    {
      duration: '8s',
      processes: [serve({ backlog, acceptMax: 0 }), connect({ count, interval: '25ms', hold: '1m' })],
    },
    { server },
  );

export const HANDSHAKE = {
  N1: {
    says: [
      'A client calls socket(), then connect(). A server calls socket(), bind(), listen(fd, 128), accept().',
      '客户端依次调用 socket()、connect()；服务端依次调用 socket()、bind()、listen(fd, 128)、accept()。',
    ],
    term: '客户端 / 服务端',
    holds: [
      'Without listen() the port answers with RST, and accept() fails with EINVAL.',
      '没有 listen() 时，端口以 RST 回应，accept() 以 EINVAL 失败。',
    ],
    kernel: 'inet_stream_connect, inet_bind, inet_listen, inet_csk_accept',
    probes: [
      {
        scenario: pair({
          processes: [
            {
              host: 'server',
              program: 'steps',
              steps: [
                { socket: 's' },
                { bind: { fd: 's', port: 80 } },
                { listen: { fd: 's', backlog: 128 } },
                { accept: { fd: 's', as: 'c' } },
              ],
            },
            {
              host: 'client',
              program: 'steps',
              steps: [{ socket: 's' }, { connect: { fd: 's', to: 'server:80' } }],
            },
          ],
        }),
        expect: ['connect 1 errno == ok', 'server accept queue max == 1', 'server accept queue == 0'],
      },
      {
        part: ['listen() is needed', '必须调用 listen()'],
        scenario: pair({
          processes: [
            {
              host: 'server',
              program: 'steps',
              steps: [
                { socket: 's' },
                { bind: { fd: 's', port: 80 } },
                { accept: { fd: 's', as: 'c', errno: 'EINVAL' } },
              ],
            },
            connect({ start: '10ms' }),
          ],
        }),
        expect: ['connect 1 errno == ECONNREFUSED'],
      },
    ],
  },
  N2: {
    says: [
      'A socket in the kernel is a set of linked objects behind a file descriptor: file, socket, sock with its TCP part, tables of operations, queues.',
      '内核中的 socket 是文件描述符背后一组相互链接的对象：file、socket、sock 及其 TCP 部分、操作表和队列。',
    ],
    term: 'socket 内核数据结构',
    holds: [
      'They are separate objects: close() takes the descriptor, the file and the socket away, and the sock lives on until TCP is done with it. Here the closed client is still there a second later, waiting for the FIN of the other side.',
      '它们是各自独立的对象：close() 去掉描述符、file 和 socket，而 sock 一直活到 TCP 用完它。这里客户端关闭一秒之后仍然存在，等待对方的 FIN。',
    ],
    kernel:
      'sock_alloc_file, __sock_create, inet_create, sock_close, tcp_close (struct file, socket, tcp_sock)',
    probes: [
      {
        scenario: pair({
          processes: [
            {
              host: 'server',
              program: 'steps',
              steps: [
                { socket: 's' },
                { bind: { fd: 's', port: 80 } },
                { listen: { fd: 's', backlog: 1 } },
                { accept: { fd: 's', as: 'c' } },
                { sleep: '3s' },
                { close: 'c' },
              ],
            },
            {
              host: 'client',
              program: 'steps',
              steps: [{ socket: 's' }, { connect: { fd: 's', to: 'server:80' } }, { close: 's' }],
            },
          ],
        }),
        expect: ['at 1s client sockets FIN-WAIT-2 == 1', 'client sockets TIME-WAIT == 1'],
      },
    ],
  },
  N3: {
    says: [
      'bind() attaches a local address and port to that object.',
      'bind() 把本地地址和端口绑定到这个对象上。',
    ],
    term: 'bind 底层工作原理',
    holds: [
      'The port is entered in a table of buckets by port number, so that a second bind() to it finds the first: EADDRINUSE.',
      '端口登记在按端口号散列的桶里，第二个 bind() 因此能发现第一个：EADDRINUSE。',
    ],
    kernel: '__inet_bind, inet_csk_get_port, inet_bind_bucket',
    probes: [
      {
        scenario: pair({
          processes: [
            {
              host: 'server',
              program: 'steps',
              steps: [
                { socket: 's' },
                { bind: { fd: 's', address: '10.0.0.2', port: 8080 } },
                { socket: 't' },
                { bind: { fd: 't', address: '10.0.0.2', port: 8080, errno: 'EADDRINUSE' } },
                { listen: { fd: 's', backlog: 1 } },
                { sleep: '3s' },
              ],
            },
            connect({ to: 'server:8080', start: '10ms' }),
          ],
        }),
        expect: ['connect 1 errno == ok'],
      },
    ],
  },
  N4: {
    says: [
      'The most important effect of listen() is to set up both connection queues.',
      'listen() 最重要的作用是初始化两个连接队列。',
    ],
    term: 'listen 函数原理',
    holds: [
      'Of the accept queue this is so: its limit is taken at listen() and stays. The half-open queue had a table of its own, made at listen(), until 4.3; since 4.4 half-open connections stand in the one table of all connections, and its limits are looked up at each SYN.',
      '全连接队列确是如此：上限在 listen() 时取定，此后不变。半连接队列到 4.3 为止有自己的表，在 listen() 时建立；4.4 起半连接放在所有连接共用的一张表里，上限在每个 SYN 到来时再查。',
    ],
    kernel: 'inet_csk_listen_start, reqsk_queue_alloc (4.3: nr_table_entries), inet_csk_reqsk_queue_is_full',
    probes: [
      {
        part: ['the accept queue', '全连接队列'],
        scenario: {
          ...notAccepted(128, { [SOMAXCONN]: 4 }, 12),
          changes: [{ at: '100ms', host: 'server', sysctls: { [SOMAXCONN]: 128 } }],
        },
        expect: ['server accept queue max == 5'],
      },
      {
        part: ['the half-open queue', '半连接队列'],
        scenario: {
          ...pair(
            { duration: '3s', inject: flood(100, { at: '1s' }), processes: [serve({ backlog: 128 })] },
            { server: { [SYN_BACKLOG]: 8, [COOKIES]: 0 } },
          ),
          changes: [{ at: '500ms', host: 'server', sysctls: { [SYN_BACKLOG]: 1024 } }],
        },
        expect: ['server request queue max <= 16'],
      },
    ],
  },
  N5: {
    says: [
      'The half-open queue holds connections in SYN_RECV, which wait for the third packet. It is a linked list (said first), or a simple linear structure (said later).',
      '半连接队列保存处于 SYN_RECV、等待第三个报文的连接。它是链表（先前的说法），或者简单的线性结构（后来的说法）。',
    ],
    term: '半连接队列',
    holds: [
      'A hash table in both cases: of each listener until 4.3, that of all connections since 4.4. A third packet finds its own connection, wherever that stands; nobody waits for those before it. The word queue remains only in the names.',
      '两种情况下都是哈希表：4.3 及以前是每个监听套接字自己的，4.4 起是所有连接共用的。第三个报文直接找到自己的连接，不必等排在前面的；“队列”只剩下一个名字。',
    ],
    kernel: 'inet_csk_search_req (to 4.3), __inet_lookup_established, reqsk_queue_hash_req (since 4.4)',
    probes: [
      {
        part: ['it holds connections in SYN_RECV', '保存处于 SYN_RECV 的连接'],
        scenario: pair({
          inject: flood(3),
          processes: [serve({ backlog: 128 }), connect({ start: '200ms' })],
        }),
        expect: [
          'at 150ms server sockets SYN-RECV == 3',
          'at 150ms server request queue == 3',
          'connect 1 errno == ok',
        ],
      },
      {
        part: ['it is linear: who came first is served first', '它是线性的：先来的先处理'],
        scenario: pair({
          faults: [{ delay: 'third-ack', from: 'client', by: '1s', first: 1 }],
          processes: [serve({ reply: 10 }), connect({ times: ['0s', '50ms'], reply: 10 })],
        }),
        expect: ['request 2 latency > 900ms'],
      },
    ],
  },
  N6: {
    says: [
      'net.ipv4.tcp_max_syn_backlog sets the length of the half-open queue.',
      'net.ipv4.tcp_max_syn_backlog 决定半连接队列的长度。',
    ],
    term: '半连接队列长度',
    holds: [
      'Until 4.3 it went into the size of the table that listen() made. Since 4.4 it is read only with tcp_syncookies=0, and then about three quarters of it are for strangers; otherwise the limit is the backlog plus one (the backlog until 6.12).',
      '4.3 及以前它决定 listen() 所建表的大小。4.4 起只有 tcp_syncookies=0 时才读取它，而且陌生对端只能用其中约四分之三；否则上限是 backlog 加一（6.12 及以前是 backlog）。',
    ],
    kernel: 'tcp_conn_request, reqsk_queue_alloc (to 4.3)',
    probes: byCookies(synBacklog, 'high server request queue max > low'),
  },
  N7: {
    says: [
      'It limits what an attacker can occupy by sending SYNs, together with SYN cookies.',
      '它与 SYN cookie 一起，限制攻击者用 SYN 所能占用的资源。',
    ],
    term: 'SYN 洪泛',
    holds: [
      'The queue bounds what is kept; cookies let others in all the same.',
      '队列限定保存的数目；cookie 让其他人照样能进来。',
    ],
    kernel: 'tcp_conn_request, cookie_v4_init_sequence',
    probes: [
      {
        scenario: 'syn-flood-cookies',
        set: { [`server:${COOKIES}`]: 1 },
        expect: ['server request queue max <= 16', 'connect 1 errno == ok'],
      },
    ],
  },
  N8: {
    says: [
      'If the client does not answer, the kernel sends the SYN+ACK again until it gives up.',
      '客户端不应答时，内核重传 SYN+ACK，直到放弃。',
    ],
    term: 'SYN+ACK 重传',
    holds: [
      'Five times by default (tcp_synack_retries): after 1, 3, 7, 15 and 31 s, gone after 63 s; with a first timeout of 3 s before 3.1 three times as late.',
      '默认五次（tcp_synack_retries）：1、3、7、15、31 s 之后，63 s 时消失；3.1 之前第一次超时是 3 s，各时刻都是三倍。',
    ],
    kernel: 'reqsk_timer_handler, inet_csk_reqsk_queue_prune (to 4.3)',
    probes: [
      {
        scenario: pair({ duration: '200s', inject: flood(1), processes: [serve()] }),
        expect: [
          'segments "S." from server == 6',
          'at 50s server sockets SYN-RECV == 1',
          'server sockets SYN-RECV == 0',
        ],
      },
    ],
  },
  N9: {
    says: [
      'Its capacity bounds how many new connections can be in progress at once.',
      '它的容量决定同时能有多少新连接正在建立。',
    ],
    term: '半连接队列容量',
    holds: [
      'Only without SYN cookies: with them, which is the default since 3.x, a full queue keeps nothing more and answers all the same.',
      '只在没有 SYN cookie 时如此：有 cookie 时（3.x 起是默认），队列满了不再保存，却照样应答。',
    ],
    kernel: 'tcp_conn_request, tcp_syn_flood_action',
    probes: byCookies(beyondCapacity, 'connect 1 latency > 500ms'),
  },
  N10: {
    says: [
      'The accept queue is a hash table (said in a heading); it is a strict FIFO, not a hash table (said later).',
      '全连接队列是哈希表（标题的说法）；它是严格的 FIFO，而不是哈希表（后来的说法）。',
    ],
    term: '全连接队列',
    holds: [
      'A singly linked list, in the order of the third packets, not of the SYNs: here the first SYN has a late third packet, and its connection is accepted second.',
      '它是单向链表，次序按第三个报文而不是按 SYN：这里第一个 SYN 的第三个报文来得晚，它的连接第二个被 accept。',
    ],
    kernel:
      'inet_csk_reqsk_queue_add, reqsk_queue_remove (struct request_sock_queue: rskq_accept_head, rskq_accept_tail)',
    probes: [
      {
        scenario: pair({
          faults: [{ delay: 'third-ack', from: 'client', by: '100ms', first: 1 }],
          processes: [
            serve({ acceptFrom: '500ms', think: '100ms', reply: 10 }),
            connect({ times: ['0s', '50ms', '200ms'], reply: 10 }),
          ],
        }),
        expect: [
          'request 2 latency ~ 560ms within 2%',
          'request 1 latency ~ 710ms within 2%',
          'request 3 latency ~ 610ms within 2%',
        ],
      },
    ],
  },
  N11: {
    says: [
      'After the third packet the connection is ESTABLISHED and enters the accept queue; accept() takes it out.',
      '第三个报文之后连接成为 ESTABLISHED 并进入全连接队列，由 accept() 取出。',
    ],
    term: '全连接队列',
    holds: ['So it is.', '确实如此。'],
    kernel: 'tcp_check_req, inet_csk_complete_hashdance, inet_csk_accept',
    probes: [
      {
        scenario: pair({ processes: [serve({ acceptFrom: '1s' }), connect({ hold: '3s' })] }),
        expect: [
          'at 500ms server sockets ESTAB == 1',
          'at 500ms server accept queue == 1',
          'at 1500ms server accept queue == 0',
        ],
      },
    ],
  },
  N12: {
    says: [
      'The accept queue buffers, makes the rate of arrival independent of the rate of accept(), and protects the process from bursts.',
      '全连接队列起缓冲作用，使到达速率与 accept() 的速率解耦，保护进程不受突发冲击。',
    ],
    term: '连接缓冲、速率解耦',
    holds: [
      'For as long as it does not fill up; a lasting difference of the rates fills any queue (M15).',
      '前提是它没有满；速率若长期不等，再长的队列也会满（M15）。',
    ],
    kernel: 'sk_acceptq_is_full, inet_csk_wait_for_connect',
    probes: [
      {
        scenario: pair({
          processes: [
            serve({ backlog: 128, acceptFrom: '500ms', reply: 10 }),
            connect({ count: 20, interval: '20ms', reply: 10 }),
          ],
        }),
        expect: ['requests failed == 0', 'server accept queue max == 20', 'max request latency < 1s'],
      },
    ],
  },
  N13: {
    says: [
      'If the accept queue is full, a handshake that has just completed is dropped, and the client may get RST.',
      '全连接队列满时，刚完成的握手被丢弃，客户端可能收到 RST。',
    ],
    term: '连接控制',
    holds: [
      'That is the case of a queue that fills between SYN and third packet; RST needs tcp_abort_on_overflow=1. Since 4.10 a queue that is full already has the SYN itself dropped, in silence, so that the client sees no handshake at all.',
      '那是队列在 SYN 与第三个报文之间才满的情形；发 RST 还需要 tcp_abort_on_overflow=1。4.10 起，队列若已经满了，SYN 本身就被悄悄丢弃，客户端根本看不到握手。',
    ],
    kernel: 'tcp_v4_syn_recv_sock, tcp_check_req, tcp_conn_request (commit 5ea8ea2cb7f1)',
    probes: [
      {
        part: ['RST, with tcp_abort_on_overflow=1', '发 RST：tcp_abort_on_overflow=1 时'],
        scenario: 'abort-on-overflow',
        expect: ['connect 3 errno == ok', 'request 3 errno == ECONNRESET'],
      },
      {
        part: [
          'with a queue that is full already, the handshake completes first',
          '队列已满时，握手仍先完成',
        ],
        scenario: {
          ...notAccepted(1, {}, 2),
          processes: [
            serve({ backlog: 1, acceptMax: 0 }),
            connect({ count: 2, interval: '25ms', hold: '1m' }),
            connect({ name: 'late', start: '1s', hold: '1m' }),
          ],
        },
        expect: ['connect 3 latency < 100ms'],
      },
    ],
  },
  N14: {
    says: [
      'listen(fd, 1024) lets 1024 completed connections wait, but the true limit is min(backlog, net.core.somaxconn).',
      'listen(fd, 1024) 允许 1024 个已完成的连接等待，但真正的上限是 min(backlog, net.core.somaxconn)。',
    ],
    term: 'backlog',
    holds: [
      'The smaller of the two decides, and one more than that fits: the test is greater than, not greater or equal.',
      '由两者中较小的决定，而实际容纳的还多一个：判断用的是大于，而不是大于等于。',
    ],
    kernel: '__sys_listen, sk_acceptq_is_full',
    probes: [
      {
        part: ['the smaller of the two decides', '由较小的决定'],
        scenario: 'backlog-and-somaxconn',
        expect: [
          'backlog server accept queue max == before',
          'somaxconn server accept queue max == before',
          'both server accept queue max > before',
        ],
      },
      {
        part: ['exactly that many wait', '恰好容纳这么多'],
        scenario: notAccepted(1024, { [SOMAXCONN]: 4 }, 12),
        expect: ['server accept queue max == 4'],
      },
    ],
  },
  N15: {
    says: [
      'somaxconn is usually 128, so listen(fd, 1024) holds at most 128.',
      'somaxconn 通常是 128，所以 listen(fd, 1024) 最多容纳 128 个。',
    ],
    term: 'somaxconn',
    holds: [
      'The default was 128 until 5.3 and is 4096 since 5.4; and 128 holds 129.',
      '默认值到 5.3 为止是 128，5.4 起是 4096；而且 128 容纳 129 个。',
    ],
    kernel: 'SOMAXCONN (include/linux/socket.h), commit 19f92a030ca6',
    probes: [
      {
        part: ['about 128', '约 128 个'],
        scenario: notAccepted(1024, {}, 160),
        expect: ['server accept queue max < 150'],
      },
      {
        part: ['128 and not one more', '128 个，一个不多'],
        scenario: notAccepted(1024, {}, 160),
        expect: ['server accept queue max == 128'],
      },
    ],
  },
  N16: {
    says: [
      'Default backlogs: nginx 511 (listen 80 backlog=1024;), Node.js 511 (server.listen(port, backlog)); Java takes it in bind(address, backlog), Tomcat as acceptCount.',
      '默认 backlog：nginx 511（listen 80 backlog=1024;），Node.js 511（server.listen(port, backlog)）；Java 由 bind(address, backlog) 给出，Tomcat 由 acceptCount 给出。',
    ],
    term: '默认 backlog',
    holds: [
      'That is what these programs ask for. The run shows what they get: before 5.4 the default somaxconn of 128 cut 511 to 129.',
      '这些是各程序所要求的值。运行显示实际得到的：5.4 之前，默认 somaxconn 为 128，把 511 截成 129。',
    ],
    kernel: '__sys_listen',
    probes: [
      {
        part: ['511 is in force', '511 确实生效'],
        scenario: { ...notAccepted(511, {}, 520), duration: '14s' },
        expect: ['server accept queue max >= 511'],
      },
    ],
  },
  N17: {
    says: [
      'What is a hash table is the kernel’s table of connections by state and 4-tuple, for finding ESTABLISHED ones fast.',
      '真正的哈希表是内核按状态和四元组存放连接的表，用来快速找到 ESTABLISHED 连接。',
    ],
    term: '连接状态哈希表',
    holds: [
      'By 4-tuple only; the state is no part of the key, and TIME-WAIT connections stand in the same table, since 4.4 half-open ones too. Here two connections differ in one number of four, and a repeated SYN finds the half-open connection that is there.',
      '只按四元组，状态不在键里；TIME-WAIT 连接也在同一张表中，4.4 起半连接也在。这里两条连接的四个数只差一个，重复的 SYN 也找到已有的半连接。',
    ],
    kernel: 'tcp_hashinfo.ehash, __inet_lookup_established, inet_ehashfn',
    probes: [
      {
        scenario: pair({
          inject: [...flood(2, { step: { address: 0 } })],
          processes: [
            serve({ reply: 10 }),
            { host: 'server', program: 'server', name: 'other', port: 81, reply: 20 },
            connect({ bind: 40000, reply: 10, options: { SO_REUSEADDR: 1 }, hold: '1s' }),
            connect({
              name: 'b',
              to: 'server:81',
              bind: 40000,
              reply: 20,
              options: { SO_REUSEADDR: 1 },
              hold: '1s',
            }),
          ],
        }),
        expect: [
          'requests failed == 0',
          'request 1 bytes == 10',
          'request 2 bytes == 20',
          'at 500ms server sockets SYN-RECV == 1',
        ],
      },
    ],
  },
  N18: {
    says: [
      'To tune: raise somaxconn (2048), raise tcp_max_syn_backlog (2048), set the service’s own backlog.',
      '调优：调大 somaxconn（2048），调大 tcp_max_syn_backlog（2048），并设置服务自己的 backlog。',
    ],
    term: '调优',
    holds: [
      'The first and the last belong together, and count from the next listen() on. The second does nothing while SYN cookies are on.',
      '第一项和最后一项要一起做，从下一次 listen() 起生效。开启 SYN cookie 时第二项不起作用。',
    ],
    kernel: '__sys_listen, tcp_conn_request',
    probes: [
      {
        part: ['somaxconn and backlog', 'somaxconn 和 backlog'],
        scenario: 'backlog-and-somaxconn',
        expect: ['both max request latency < before', 'both server accept queue max > before'],
      },
      {
        part: ['tcp_max_syn_backlog, default tcp_syncookies', 'tcp_max_syn_backlog，tcp_syncookies 取默认值'],
        scenario: synBacklog({}),
        expect: ['high server request queue max > low'],
      },
    ],
  },
  N19: {
    says: [
      'connect() starts the handshake: CLOSED to SYN_SENT, SYN goes out; on SYN+ACK the kernel sends ACK at once, SYN_SENT to ESTABLISHED, and connect() returns.',
      'connect() 发起握手：CLOSED 变为 SYN_SENT，发出 SYN；收到 SYN+ACK 后内核立即发出 ACK，SYN_SENT 变为 ESTABLISHED，connect() 返回。',
    ],
    term: 'connect 函数原理',
    holds: ['So it is.', '确实如此。'],
    kernel: 'tcp_v4_connect, tcp_rcv_synsent_state_process, tcp_finish_connect',
    probes: [
      {
        scenario: 'three-way-handshake',
        expect: [
          'at 110ms client sockets SYN-SENT == 1',
          'at 125ms client sockets ESTAB == 1',
          'connect 1 latency ~ 20ms within 1%',
        ],
      },
    ],
  },
  N20: {
    says: [
      'connect() blocks until the handshake ends or times out; with O_NONBLOCK it returns at once, and the program waits with select() or poll().',
      'connect() 阻塞到握手结束或超时；有 O_NONBLOCK 时立即返回，由程序用 select() 或 poll() 等待。',
    ],
    term: '阻塞 / 非阻塞',
    holds: ['So it is; SO_SNDTIMEO also ends the wait.', '确实如此；SO_SNDTIMEO 也能结束等待。'],
    kernel: '__inet_stream_connect, inet_wait_for_connect',
    probes: [
      {
        part: ['blocking', '阻塞'],
        scenario: 'syn-loss',
        set: { duration: '200s' },
        expect: ['connect 2 errno == ETIMEDOUT', 'connect 2 latency > 60s'],
      },
      {
        part: ['with O_NONBLOCK', '有 O_NONBLOCK'],
        scenario: pair({
          processes: [
            serve(),
            {
              host: 'client',
              program: 'steps',
              steps: [
                { socket: { fd: 's', nonblock: true } },
                { connect: { fd: 's', to: 'server:80', errno: 'EINPROGRESS' } },
                { poll: { fd: 's', events: ['POLLOUT'], timeout: '1s', expect: ['POLLOUT'] } },
                { connect: { fd: 's', to: 'server:80' } },
              ],
            },
          ],
        }),
        expect: ['connect 1 errno == ok', 'connect 1 latency ~ 20ms within 1%'],
      },
    ],
  },
  N21: {
    says: [
      'connect() chooses the source port: unless one is bound, it walks ip_local_port_range from an offset, one by one, until a port can be used.',
      'connect() 选择源端口：若没有绑定，就从某个偏移开始，在 ip_local_port_range 中逐个查找，直到找到可用端口。',
    ],
    term: '端口选择',
    holds: [
      'One by one until 4.5. Since 4.6 in steps of two: first all ports as even or odd as the low end of the range, and the others only when none of those is free. So when half of the range is taken, one more port costs a walk over that half.',
      '4.5 及以前逐个查找。4.6 起步长为 2：先查与范围下端同奇偶的全部端口，一个可用的都没有时才查其余的。所以范围占用一半之后，再要一个端口就得走完那一半。',
    ],
    kernel: '__inet_hash_connect (commit 1580ab63fc9a)',
    probes: [
      {
        part: ['from an offset, until one can be used', '从某个偏移开始，直到可用'],
        scenario: pair(
          { processes: [serve({ style: 'events' }), connect({ count: 11, interval: '25ms', hold: '1m' })] },
          { client: { [RANGE]: [40000, 40009] } },
        ),
        expect: ['connects errno ok == 10', 'connect 11 errno == EADDRNOTAVAIL', 'connect 11 probes == 10'],
      },
      {
        part: ['one by one', '逐个查找'],
        scenario: pair(
          { processes: [serve({ style: 'events' }), connect({ count: 51, interval: '25ms', hold: '1m' })] },
          { client: { [RANGE]: [40000, 40099] } },
        ),
        expect: ['connect 51 errno == ok', 'connect 51 probes < 10'],
      },
    ],
  },
  N22: {
    says: ['The default range is 32768 to 61000.', '默认范围是 32768 到 61000。'],
    term: '默认端口范围',
    holds: [
      'To 61000 until 4.1, to 60999 since 4.2, so that both ends differ in parity. The run uses up the whole range: 28233 connections, or one less.',
      '4.1 及以前到 61000，4.2 起到 60999，使两端奇偶不同。运行用尽整个范围：28233 条连接，或者少一条。',
    ],
    kernel: 'inet_init_net, commit 07f4c90062f8',
    probes: [
      {
        scenario: pair({
          duration: '3s',
          workloads: [
            { name: 'sink', host: 'server', serve: 80 },
            { name: 'users', host: 'client', to: 'server:80', hold: 28300 },
          ],
          links: [{ between: ['client', 'server'], latency: '100us' }],
        }),
        expect: ['client TcpActiveOpens == 28233'],
      },
    ],
  },
  N23: {
    says: [
      'When it has the port, the kernel builds and sends the SYN.',
      '得到端口之后，内核构造并发出 SYN。',
    ],
    term: '发送 SYN',
    holds: [
      'In this order: without a port connect() fails, and no packet leaves.',
      '正是这个次序：没有端口时 connect() 失败，一个报文也不发出。',
    ],
    kernel: 'tcp_v4_connect, inet_hash_connect, tcp_connect',
    probes: [
      {
        scenario: pair(
          { processes: [serve({ style: 'events' }), connect({ count: 2, interval: '100ms', hold: '1m' })] },
          { client: { [RANGE]: [40000, 40000] } },
        ),
        expect: [
          'connect 1 port == 40000',
          'connect 2 errno == EADDRNOTAVAIL',
          'segments "S" from client == 1',
        ],
      },
    ],
  },
} as const satisfies Readonly<Record<string, Claim>>;
