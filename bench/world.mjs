// What the measures share: a server with one listener, and the segments of many clients. Client n has its own address
// and port, so that n can be read back from an answer.
import { ACK, ANY4, Kernel, linux, parseAddr, releaseSegment, SYN, takeSegment } from '@halfopen/engine';

/** @typedef {import('@halfopen/engine').Segment} Segment */
/** @typedef {import('@halfopen/engine').Sysctls} Sysctls */

const SERVER = parseAddr('192.0.2.1') ?? ANY4;
const PORT = 80;
/** First client address, 10.0.0.0. */
const CLIENTS = 0x0a000000;
const PORTS_OF_CLIENT = 16;
const FIRST_PORT = 1024;
const PORT_STEP = 4000;

/** @template T @param {import('@halfopen/engine').Result<T>} result @returns {T} */
export function must(result) {
  if (!result.ok) throw new Error(`unexpected ${result.errno}`);
  return result.value;
}

/** Bound on backlog and half-open connections; far above what is held, so that no request is thinned out. */
export const BACKLOG = 1 << 22;

/** @param {Partial<Sysctls>} [sysctls] */
export function newServer(sysctls = {}) {
  const profile = linux('6.18');
  if (profile === null || profile === undefined) throw new Error('no profile');
  const kernel = Kernel.create({
    profile,
    seed: 1,
    interfaces: [{ name: 'tun0', mtu: 1500, up: true, addrs: [{ addr: SERVER, prefixLen: 24 }] }],
    routes: [{ dst: ANY4, prefixLen: 0, dev: 'tun0', type: 'unicast' }],
    sysctls: { 'net.core.somaxconn': BACKLOG, 'net.ipv4.tcp_max_syn_backlog': BACKLOG, ...sysctls },
  });
  const task = kernel.createTask({ nofile: BACKLOG });
  const listener = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
  must(kernel.bind(task, listener, { family: 'AF_INET', address: SERVER, port: PORT }));
  must(kernel.listen(task, listener, BACKLOG));
  return { kernel, task, listener };
}

/** @typedef {ReturnType<typeof newServer>} Server */

/** A blank segment of client n. @param {number} n @returns {Segment} */
export function fromClient(n) {
  const seg = takeSegment();
  seg.s3 = (CLIENTS + Math.floor(n / PORTS_OF_CLIENT)) | 0;
  seg.sport = FIRST_PORT + (n % PORTS_OF_CLIENT) * PORT_STEP;
  seg.d3 = SERVER.w3;
  seg.dport = PORT;
  return seg;
}

/** The client that a segment goes to. @param {Segment} seg */
export const clientOf = (seg) => (seg.d3 - CLIENTS) * PORTS_OF_CLIENT + (seg.dport - FIRST_PORT) / PORT_STEP;

/** Client n's initial sequence number. @param {number} n */
export const clientIsn = (n) => Math.imul(n, 0x9e3779b1);

/** The SYN of client n with the options that Linux sends. @param {number} n */
export function synOf(n) {
  const seg = fromClient(n);
  seg.flags = SYN;
  seg.seq = clientIsn(n);
  seg.window = 64240;
  seg.mss = 1460;
  seg.wscale = 7;
  seg.sackPermitted = true;
  seg.hasTimestamp = true;
  seg.tsVal = 1000;
  return seg;
}

/** An ACK of client n, to be completed. @param {number} n @param {number} seq @param {number} ack @param {number} tsEcr */
export function ackOf(n, seq, ack, tsEcr) {
  const seg = fromClient(n);
  seg.flags = ACK;
  seg.seq = seq;
  seg.ack = ack;
  seg.window = 502;
  seg.hasTimestamp = true;
  seg.tsVal = 1001;
  seg.tsEcr = tsEcr;
  return seg;
}

/** Delivers a segment and gives its record back. @param {Server} server @param {Segment} seg */
export function deliver(server, seg) {
  server.kernel.deliver(seg);
  releaseSegment(seg);
}

/** Drops what was sent. @param {Server} server */
export function discardOutput(server) {
  const out = server.kernel.takeOutput();
  for (const packet of out) if (packet.kind === 'tcp') releaseSegment(packet);
  return out.length;
}

/** Clients `first` to `first + count` send a SYN and nothing else. @param {Server} server @param {number} first @param {number} count */
export function holdHalfOpen(server, first, count) {
  for (let n = first; n < first + count; n++) {
    deliver(server, synOf(n));
    discardOutput(server);
  }
}
