// A process of its own: holds established connections over loopback, both ends, and prints what they take as JSON.
import { loopbackListener, newPair } from './pairs.mjs';
import { newServer } from './world.mjs';

const COUNT = 10_000;
const gc = globalThis.gc ?? (() => {});
const server = newServer();
const listener = loopbackListener(server);
for (let n = 0; n < 1000; n++) newPair(server, listener);
server.kernel.takeWakes();
gc();
const used = () => process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers;
const before = used();
for (let n = 0; n < COUNT; n++) newPair(server, listener);
server.kernel.takeWakes();
gc();
console.log(JSON.stringify({ count: COUNT, heapBytes: used() - before }));
