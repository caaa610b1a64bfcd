// Handshake, accept and close at one listener, 100 at once; the clients are segments made here. Six segments a connection:
// SYN, SYN-ACK, ACK, FIN, FIN (which carries the delayed ACK of the first, as in Linux), ACK. Then the same while others
// are held.
import { decodePacket, encodePacket, FIN, releaseSegment } from '@halfopen/engine';
import { Floor } from './floor.mjs';
import { nsPerOperation } from './measure.mjs';
import { rateRow } from './table.mjs';
import { ackOf, clientIsn, deliver, discardOutput, holdHalfOpen, must, newServer, synOf } from './world.mjs';

/** @typedef {import('./world.mjs').Server} Server */
/** @typedef {import('@halfopen/engine').Segment} Segment */

const AT_ONCE = 100;
const BATCH = 10_000;
/** Clients below this are the held ones. */
const FIRST = 1 << 24;

/** What the clients remember of the server's SYN-ACKs, and the descriptors of the connections. */
const iss = new Int32Array(AT_ONCE);
const stamp = new Int32Array(AT_ONCE);
const fds = new Int32Array(AT_ONCE);

/** @param {Server} server @param {Segment} seg */
const asRecord = (server, seg) => deliver(server, seg);

const bytes = new Uint8Array(128);
/** The segment as bytes and back, as a TUN device would hand it over. @param {Server} server @param {Segment} seg */
function asBytes(server, seg) {
  const length = Number(encodePacket(seg, bytes));
  releaseSegment(seg);
  const back = decodePacket(bytes.subarray(0, length));
  if (!back.ok) throw new Error(back.reason);
  server.kernel.deliver(back.packet);
}

/** Opens the connections of clients `first` on. @param {Server} server @param {number} first @param {typeof asRecord} send */
function open(server, first, send) {
  for (let i = 0; i < AT_ONCE; i++) send(server, synOf(first + i));
  const replies = server.kernel.takeOutput();
  for (let i = 0; i < AT_ONCE; i++) {
    const reply = replies[i];
    if (reply?.kind !== 'tcp') throw new Error('no SYN-ACK');
    iss[i] = reply.seq;
    stamp[i] = reply.tsVal;
    releaseSegment(reply);
  }
  for (let i = 0; i < AT_ONCE; i++)
    send(server, ackOf(first + i, (clientIsn(first + i) + 1) | 0, ((iss[i] ?? 0) + 1) | 0, stamp[i] ?? 0));
  for (let i = 0; i < AT_ONCE; i++)
    fds[i] = must(server.kernel.accept(server.task, server.listener, true)).fd;
  discardOutput(server);
}

/** Both ends close, the clients first. @param {Server} server @param {number} first @param {typeof asRecord} send */
function close(server, first, send) {
  for (let i = 0; i < AT_ONCE; i++) {
    const fin = ackOf(first + i, (clientIsn(first + i) + 1) | 0, ((iss[i] ?? 0) + 1) | 0, stamp[i] ?? 0);
    fin.flags |= FIN;
    send(server, fin);
  }
  for (let i = 0; i < AT_ONCE; i++) must(server.kernel.close(server.task, fds[i] ?? 0));
  if (discardOutput(server) !== AT_ONCE) throw new Error('not one FIN a connection');
  for (let i = 0; i < AT_ONCE; i++)
    send(server, ackOf(first + i, (clientIsn(first + i) + 2) | 0, ((iss[i] ?? 0) + 2) | 0, stamp[i] ?? 0));
}

/** ns of a connection from SYN to the end. @param {Server} server */
function connectionNs(server, send = asRecord) {
  let next = FIRST;
  const before = server.kernel.counter('TcpPassiveOpens');
  const held = server.kernel.counter('TcpCurrEstab');
  const ns = nsPerOperation(() => {
    for (let n = 0; n < BATCH; n += AT_ONCE, next += AT_ONCE) {
      open(server, next, send);
      close(server, next, send);
      server.kernel.takeWakes();
      server.kernel.advanceTo(server.kernel.now + 1000);
    }
  }, BATCH);
  const opened = server.kernel.counter('TcpPassiveOpens') - before;
  if (opened !== next - FIRST || server.kernel.counter('TcpCurrEstab') !== held)
    throw new Error('connections were lost');
  return ns;
}

/** @param {number} held */
function floorNs(held) {
  const floor = new Floor();
  for (let n = 0; n < held; n++) floor.syn(n);
  let next = FIRST;
  return nsPerOperation(() => {
    for (const end = next + BATCH; next < end; next++) floor.connection(next);
  }, BATCH);
}

/** A server that holds established connections. @param {number} count */
function serverWithConnections(count) {
  const server = newServer();
  for (let n = 0; n < count; n += AT_ONCE) open(server, n, asRecord);
  server.kernel.takeWakes();
  return server;
}

export function handshakeRows() {
  floorNs(0); // Once for the compiler: the floor is the same code throughout, and its first run is slower.
  const rows = [
    rateRow('handshake + accept + close', connectionNs(newServer()), floorNs(0), '>= 500 k/s, 40 %'),
    rateRow('  each segment as bytes to us', connectionNs(newServer(), asBytes), floorNs(0)),
  ];
  for (const [held, text] of /** @type {const} */ ([
    [10_000, '10,000'],
    [1_000_000, '1,000,000'],
  ])) {
    const server = newServer();
    holdHalfOpen(server, 0, held);
    rows.push(rateRow(`  ${text} half-open held`, connectionNs(server), floorNs(held), '>= 300 k/s'));
  }
  rows.push(
    rateRow('  10,000 established held', connectionNs(serverWithConnections(10_000)), floorNs(10_000)),
    rateRow('  100,000 established held', connectionNs(serverWithConnections(100_000)), floorNs(100_000)),
  );
  return rows;
}
