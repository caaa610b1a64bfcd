// SYNs: taken into the half-open store while it grows to a million, and answered with cookies. The answers are drained
// in batches, as a device is read.
import { Floor } from './floor.mjs';
import { nsPerOperation } from './measure.mjs';
import { rateRow } from './table.mjs';
import { deliver, discardOutput, newServer, synOf } from './world.mjs';

const BATCH = 100_000;
const DRAIN = 16;

/** ns of a SYN. @param {import('./world.mjs').Server} server */
function synNs(server) {
  let n = 0;
  return nsPerOperation(() => {
    for (const end = n + BATCH; n < end; n++) {
      deliver(server, synOf(n));
      if (n % DRAIN === DRAIN - 1) discardOutput(server);
    }
  }, BATCH);
}

/** @param {(floor: Floor, n: number) => void} step */
function floorNs(step) {
  const floor = new Floor();
  let n = 0;
  return nsPerOperation(() => {
    for (const end = n + BATCH; n < end; n++) step(floor, n);
  }, BATCH);
}

export function storeRows() {
  const syn = synNs(newServer());
  const cookie = synNs(newServer({ 'net.ipv4.tcp_syncookies': 2 }));
  return [
    rateRow(
      'SYN into the half-open store',
      syn,
      floorNs((floor, n) => floor.syn(n)),
      '>= 1 M/s',
    ),
    rateRow(
      'SYN answered with a cookie',
      cookie,
      floorNs((floor, n) => floor.cookie(n)),
      '>= 1 M/s',
    ),
  ];
}
