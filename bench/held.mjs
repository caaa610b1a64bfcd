// A process of its own: holds a million half-open connections, lets seven seconds pass timer by timer, and checks that each
// SYN-ACK was sent again exactly 1, 3 and 7 s after its SYN. Prints what it counted as JSON.
import { releaseSegment } from '@halfopen/engine';
import { clientOf, deliver, discardOutput, newServer, synOf } from './world.mjs';

const COUNT = 1_000_000;
/** A SYN arrives every microsecond. */
const GAP_NS = 1000;
/** When a SYN-ACK is due again after the SYN: tcp_timeout_init and two doublings, ns. */
const DUE_NS = [1e9, 3e9, 7e9];

const gc = globalThis.gc ?? (() => {});
const baseBytes = process.memoryUsage.rss();
const server = newServer();
const { kernel } = server;
for (let n = 0; n < 1000; n++) {
  deliver(server, synOf(COUNT + n));
  discardOutput(server);
}
gc();
const before = process.memoryUsage();
for (let n = 0; n < COUNT; n++) {
  kernel.advanceTo((n + 1) * GAP_NS);
  deliver(server, synOf(n));
  discardOutput(server);
}
gc();
const after = process.memoryUsage();

/** How often each client was answered again. */
const times = new Uint8Array(COUNT);
let resent = 0;
let onTime = 0;
const cpu = process.cpuUsage();
for (let at = kernel.nextTimerAt(); at <= 8.5e9; at = kernel.nextTimerAt()) {
  kernel.advanceTo(at);
  for (const packet of kernel.takeOutput()) {
    if (packet.kind !== 'tcp') continue;
    const n = clientOf(packet);
    if (n < COUNT) {
      const time = times[n] ?? 0;
      if (kernel.now === (n + 1) * GAP_NS + (DUE_NS[time] ?? 0)) onTime++;
      times[n] = time + 1;
      resent++;
    }
    releaseSegment(packet);
  }
}
const used = process.cpuUsage(cpu);
const complete = times.reduce((sum, time) => sum + (time === DUE_NS.length ? 1 : 0), 0);
console.log(
  JSON.stringify({
    count: COUNT,
    baseBytes,
    arrayBytes: after.arrayBuffers - before.arrayBuffers,
    heapBytes: after.heapUsed - before.heapUsed,
    rssBytes: after.rss - before.rss,
    peakBytes: process.resourceUsage().maxRSS * 1024,
    resent,
    onTime,
    complete,
    resendNs: ((used.user + used.system) * 1000) / resent,
  }),
);
