// The floor: what any TCP in JavaScript must do for a packet and nothing else. Each segment is built as an IPv4 packet with
// both checksums, parsed again, its 4-tuple hashed and looked up in an open-addressing table, and the result queued. No
// states, no timers, no options but MSS, no sequence checks. Typed arrays throughout.

const RING = 4096;
const PACKET_BYTES = 64;
const RECORD_WORDS = 12;
const HEADERS = 44;

const SYN = 2;
const ACK = 16;
const FIN = 1;

export class Floor {
  index = new Int32Array(1024);
  used = 0;
  records = new Int32Array(RECORD_WORDS << 12);
  top = 0;
  /** @type {number[]} */
  free = [];
  ring = new DataView(new ArrayBuffer(RING * PACKET_BYTES));
  queue = new Int32Array(RING);
  at = 0;

  /** Sum of 16-bit words, folded. @param {number} from @param {number} to @param {number} sum */
  checksum(from, to, sum) {
    let total = sum;
    for (let i = from; i < to; i += 2) total += this.ring.getUint16(i);
    total = (total & 0xffff) + (total >>> 16);
    return ~(total + (total >>> 16)) & 0xffff;
  }

  /** @param {number} src @param {number} dst @param {number} ports @param {number} flags @param {number} seq @param {number} ack */
  build(src, dst, ports, flags, seq, ack) {
    const { ring } = this;
    const at = (this.at++ & (RING - 1)) * PACKET_BYTES;
    ring.setUint32(at, 0x45000000 | HEADERS);
    ring.setUint32(at + 4, 0x4000);
    ring.setUint32(at + 8, 0x40060000);
    ring.setUint32(at + 12, src);
    ring.setUint32(at + 16, dst);
    ring.setUint16(at + 10, this.checksum(at, at + 20, 0));
    ring.setUint32(at + 20, ports);
    ring.setUint32(at + 24, seq);
    ring.setUint32(at + 28, ack);
    ring.setUint32(at + 32, (0x6000 << 16) | (flags << 16) | 0xffff);
    ring.setUint32(at + 36, 0);
    ring.setUint32(at + 40, 0x020405b4);
    ring.setUint16(at + 36, this.checksum(at + 12, at + HEADERS, 26 + HEADERS - 20));
    return at;
  }

  /** @param {number} remote @param {number} local @param {number} ports */
  hash(remote, local, ports) {
    let h = Math.imul(remote ^ 0x5bd1e995, 0xcc9e2d51);
    h = Math.imul(h ^ (h >>> 15) ^ local, 0x1b873593);
    h = Math.imul(h ^ (h >>> 13) ^ ports, 0x85ebca6b);
    return h ^ (h >>> 16);
  }

  /** Place of a tuple in the index, or -1 - the free place. @param {number} remote @param {number} local @param {number} ports */
  place(remote, local, ports) {
    const { index, records } = this;
    const mask = index.length - 1;
    let at = this.hash(remote, local, ports) & mask;
    for (let slot = index[at] ?? 0; slot !== 0; slot = index[at] ?? 0) {
      const base = (slot - 1) * RECORD_WORDS;
      if (records[base] === remote && records[base + 2] === ports && records[base + 1] === local) return at;
      at = (at + 1) & mask;
    }
    return -1 - at;
  }

  /** @param {number} free @param {number} remote @param {number} local @param {number} ports @param {number} seq */
  insert(free, remote, local, ports, seq) {
    const slot = this.free.pop() ?? this.top++;
    if ((slot + 1) * RECORD_WORDS > this.records.length) {
      const records = new Int32Array(2 * this.records.length);
      records.set(this.records);
      this.records = records;
    }
    const { records } = this;
    const base = slot * RECORD_WORDS;
    records[base] = remote;
    records[base + 1] = local;
    records[base + 2] = ports;
    records[base + 3] = seq;
    this.index[-1 - free] = slot + 1;
    if (2 * ++this.used > this.index.length) this.grow();
  }

  grow() {
    const old = this.index;
    this.index = new Int32Array(2 * old.length);
    for (const slot of old) {
      if (slot === 0) continue;
      const base = (slot - 1) * RECORD_WORDS;
      const [remote = 0, local = 0, ports = 0] = this.records.subarray(base, base + 3);
      this.index[-1 - this.place(remote, local, ports)] = slot;
    }
  }

  /** Backward-shift delete. @param {number} hole */
  remove(hole) {
    const { index, records } = this;
    const mask = index.length - 1;
    this.free.push((index[hole] ?? 0) - 1);
    this.used--;
    let gap = hole;
    for (let at = (gap + 1) & mask; index[at] !== 0; at = (at + 1) & mask) {
      const base = ((index[at] ?? 0) - 1) * RECORD_WORDS;
      const home = this.hash(records[base] ?? 0, records[base + 1] ?? 0, records[base + 2] ?? 0) & mask;
      if (((at - home) & mask) >= ((at - gap) & mask)) {
        index[gap] = index[at] ?? 0;
        gap = at;
      }
    }
    index[gap] = 0;
  }

  /** One segment to the server, parsed as the server would. @param {number} at @param {boolean} opens @param {boolean} ends */
  receive(at, opens, ends) {
    const { ring } = this;
    if (ring.getUint16(at) >>> 8 !== 0x45 || ring.getUint8(at + 9) !== 6) return;
    if (this.checksum(at, at + 20, 0) !== 0) return;
    if (this.checksum(at + 12, at + HEADERS, 26 + HEADERS - 20) !== 0) return;
    const remote = ring.getInt32(at + 12);
    const local = ring.getInt32(at + 16);
    const ports = ring.getInt32(at + 20);
    const seq = ring.getInt32(at + 24);
    const place = this.place(remote, local, ports);
    if (place < 0) {
      if (opens) this.insert(place, remote, local, ports, seq);
    } else if (ends) this.remove(place);
    this.queue[this.at & (RING - 1)] = at;
  }

  /** One segment there. @param {number} n @param {number} flags @param {boolean} opens @param {boolean} ends */
  segment(n, flags, opens = false, ends = false) {
    const remote = (0x0a000000 + (n >>> 4)) | 0;
    const ports = ((1024 + (n & 15) * 4000) << 16) | 80;
    this.receive(this.build(remote, 0xc0000201 | 0, ports, flags, n, n), opens, ends);
  }

  /** A SYN that is kept, and its SYN-ACK. @param {number} n */
  syn(n) {
    this.segment(n, SYN, true);
    this.segment(n, SYN | ACK);
  }

  /** A SYN that is not kept, and its SYN-ACK. @param {number} n */
  cookie(n) {
    this.segment(n, SYN);
    this.segment(n, SYN | ACK);
  }

  /** The six segments of a connection that opens and closes. @param {number} n */
  connection(n) {
    this.syn(n);
    this.segment(n, ACK);
    this.segment(n, FIN | ACK);
    this.segment(n, FIN | ACK);
    this.segment(n, ACK, false, true);
  }
}
