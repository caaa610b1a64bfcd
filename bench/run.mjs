// Speed and memory of the engine, each figure beside its floor measured in the same run.
//
// Usage: npm run bench [-- NAME ...], where NAME is a row's group: handshake, store, pairs, ports, volume, memory, bulk.
import { bulkRows } from './bulk.mjs';
import { handshakeRows } from './handshake.mjs';
import { memoryRows } from './memory.mjs';
import { pairRows } from './pairs.mjs';
import { portRows } from './ports.mjs';
import { storeRows } from './store.mjs';
import { formatTable } from './table.mjs';
import { volumeRows } from './volume.mjs';

/** @typedef {import('./table.mjs').Row} Row */

/** @type {Record<string, () => Row[] | Promise<Row[]>>} */
const groups = {
  store: storeRows,
  handshake: handshakeRows,
  pairs: pairRows,
  ports: portRows,
  volume: volumeRows,
  bulk: bulkRows,
  memory: memoryRows,
};

const names = process.argv.slice(2);
const unknown = names.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`no such measure: ${unknown.join(', ')}. There are: ${Object.keys(groups).join(', ')}.`);
  process.exit(2);
}

/** @type {Row[]} */
const rows = [];
let failed = false;
for (const [name, run] of Object.entries(groups)) {
  if (names.length > 0 && !names.includes(name)) continue;
  if (process.stderr.isTTY) process.stderr.write(`measuring: ${name}\n`);
  for (const row of await run()) {
    rows.push(row);
    failed ||= row.failed === true;
  }
}
console.log(formatTable(rows));
process.exitCode = failed ? 1 : 0;
