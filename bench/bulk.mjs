// Bulk transfer between two kernels, MTU 1500, no loss, no delay. The floor copies the bytes into segments once, builds and
// parses a packet for each.
import { ANY4, Kernel, linux, parseAddr, releaseSegment } from '@halfopen/engine';
import { Floor } from './floor.mjs';
import { nsPerOperation } from './measure.mjs';
import { must } from './world.mjs';

const CHUNK = new Uint8Array(65536).fill(7);
const MEGABYTES = 16;
const BYTES = MEGABYTES * 2 ** 20;
const MSS = 1448;
/** Virtual time a round takes; nothing waits for a timer. */
const ROUND_NS = 10_000;

/** @param {string} address */
function newHost(address) {
  const own = parseAddr(address) ?? ANY4;
  const profile = linux('6.18');
  if (profile === null || profile === undefined) throw new Error('no profile');
  const interfaces = [{ name: 'eth0', mtu: 1500, up: true, addrs: [{ addr: own, prefixLen: 24 }] }];
  const kernel = Kernel.create({ profile, seed: 1, interfaces });
  return { kernel, task: kernel.createTask(), own };
}

/** @typedef {ReturnType<typeof newHost>} Host */

/** Carries what one host sent to the other; false when it was nothing. @param {Host} from @param {Host} to */
function carry(from, to) {
  const packets = from.kernel.takeOutput();
  for (const packet of packets) {
    to.kernel.deliver(packet);
    if (packet.kind === 'tcp') releaseSegment(packet);
  }
  return packets.length > 0;
}

/** @param {Host} a @param {Host} b */
function exchange(a, b) {
  while ([carry(a, b), carry(b, a)].includes(true));
}

function transferNs() {
  const a = newHost('192.0.2.1');
  const b = newHost('192.0.2.2');
  const listener = must(b.kernel.socket(b.task, 'AF_INET', 'SOCK_STREAM', true));
  must(b.kernel.bind(b.task, listener, { family: 'AF_INET', address: b.own, port: 80 }));
  must(b.kernel.listen(b.task, listener, 16));
  const client = must(a.kernel.socket(a.task, 'AF_INET', 'SOCK_STREAM', true));
  a.kernel.connect(a.task, client, { family: 'AF_INET', address: b.own, port: 80 });
  exchange(a, b);
  const server = must(b.kernel.accept(b.task, listener, true)).fd;
  return nsPerOperation(
    () => {
      for (let received = 0; received < BYTES; ) {
        a.kernel.send(a.task, client, CHUNK);
        carry(a, b);
        for (;;) {
          const got = b.kernel.recv(b.task, server, CHUNK.length);
          if (!got.ok || got.value.length === 0) break;
          received += got.value.length;
        }
        carry(b, a);
        for (const host of [a, b]) {
          host.kernel.takeWakes();
          host.kernel.advanceTo(host.kernel.now + ROUND_NS);
        }
      }
    },
    BYTES,
    5,
    2,
  );
}

function floorNs() {
  const floor = new Floor();
  const target = new Uint8Array(MSS * 64);
  return nsPerOperation(
    () => {
      for (let sent = 0, n = 0; sent < BYTES; sent += MSS, n++) {
        target.set(CHUNK.subarray(0, MSS), (n & 63) * MSS);
        floor.segment(1, 16);
        if ((n & 1) === 0) floor.segment(1, 16);
      }
    },
    BYTES,
    5,
    2,
  );
}

/** @param {number} nsPerByte */
const gbit = (nsPerByte) => `${(8 / nsPerByte).toFixed(1)} Gbit/s`;

export function bulkRows() {
  const ns = transferNs();
  const floor = floorNs();
  return [
    {
      what: 'bulk transfer, two kernels, MTU 1500',
      value: gbit(ns),
      floor: gbit(floor),
      ratio: floor / ns,
      goal: '>= 5 Gbit/s',
    },
  ];
}
