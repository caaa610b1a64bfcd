// connect() to one place while a share of the ports is in use towards it. Each connection is given up in SYN-SENT, so what
// is measured is the call itself: the search for a port, the tables, the SYN.
import { parseAddr } from '@halfopen/engine';
import { nsPerOperation } from './measure.mjs';
import { rate, rateRow } from './table.mjs';
import { must, newServer } from './world.mjs';

const BATCH = 5000;
const BATCH_ONE_BY_ONE = 50;
/** Ports of the default range, 32768 to 60999. */
const PORTS = 28_232;
const PORT = 6379;
const PEER = parseAddr('198.51.100.1');

/** @typedef {{ share: number, elsewhere?: number, oneByOne?: boolean }} Load */

/**
 * ns of a connect() and close(): `share` of the ports are in use towards the place, and `elsewhere` towards another one.
 * @param {Load} load
 */
function connectNs({ share, elsewhere = 0, oneByOne = false }) {
  if (PEER === null) throw new Error('no address');
  const { kernel, task } = newServer();
  const connect = (port = PORT) => {
    const fd = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
    kernel.connect(task, fd, {
      family: 'AF_INET',
      address: /** @type {import('@halfopen/engine').Addr} */ (PEER),
      port,
    });
    if (must(kernel.getsockname(task, fd)).port === 0) throw new Error('no port was free');
    return fd;
  };
  for (let n = Math.floor(share * PORTS); n > 0; n--) connect();
  for (let n = Math.floor(elsewhere * PORTS); n > 0; n--) connect(PORT + 1);
  kernel.takeOutput();
  if (oneByOne) kernel.net.ports.patience = Number.POSITIVE_INFINITY;
  const batch = oneByOne ? BATCH_ONE_BY_ONE : BATCH;
  return nsPerOperation(() => {
    for (let n = 0; n < batch; n++) must(kernel.close(task, connect()));
    kernel.takeOutput();
    kernel.takeWakes();
  }, batch);
}

export function portRows() {
  const few = connectNs({ share: 0.01 });
  const asMany = connectNs({ share: 0.01, elsewhere: 0.98 });
  const full = connectNs({ share: 0.99 });
  return [
    { what: 'connect + close, 1 % of the ports in use', value: rate(1e9 / few) },
    { what: '  and 98 % towards another place', value: rate(1e9 / asMany) },
    rateRow('  99 % (floor: 1 %)', full, few, '>= 50 %'),
    rateRow('    (floor: 1 %, as many connections)', full, asMany),
    rateRow('    each port looked at, as Linux does', connectNs({ share: 0.99, oneByOne: true }), few),
  ];
}
