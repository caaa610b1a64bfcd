// How a cost is measured: CPU time of this process (user and system, so that other load counts little), in batches, after
// a warm-up; the median of the batches.
import { Bench } from 'tinybench';

const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const WARM_UPS = 5;
const SAMPLES = 9;

/**
 * ns of CPU one operation takes; `batch` does `operations` of them.
 * @param {() => void} batch @param {number} operations
 */
export function nsPerOperation(batch, operations, samples = SAMPLES, warmUps = WARM_UPS) {
  const bench = new Bench({
    now: cpuMs,
    iterations: samples,
    time: 0,
    warmupIterations: warmUps,
    warmupTime: 0,
    throws: true,
  });
  bench.add('batch', batch);
  bench.runSync();
  const result = bench.tasks[0]?.result;
  if (result === undefined || !('latency' in result)) throw new Error('no result');
  return (result.latency.p50 * 1e6) / operations;
}
