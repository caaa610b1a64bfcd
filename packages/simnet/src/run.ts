// From a scenario to the record of its run.

import { evaluateExpectation } from './expect.ts';
import type { Quantity } from './expectation.ts';
import { makeResult } from './make-result.ts';
import { evaluateQuantity } from './quantity.ts';
import type { RunResult } from './result.ts';
import type { Scenario } from './scenario.ts';
import { World, type WorldOptions } from './world.ts';

export interface RunOptions extends WorldOptions {
  /** Called now and then with the virtual time, ns. */
  readonly onProgress?: (nowNs: number) => void;
}

/** A world at time 0. The same scenario and options always give the same world. */
export const createWorld = (scenario: Scenario, options: WorldOptions = {}): World =>
  new World(scenario, options);

/** The record of a world's run so far, with its expectations held against it. */
export function worldResult(world: World): RunResult {
  const result = makeResult(world);
  const expectations = world.scenario.expect.map((line) =>
    evaluateExpectation(line, result, world.state.probes),
  );
  return { ...result, expectations: [...expectations, ...result.expectations] };
}

/** Runs a scenario to its end. Same scenario and seed: the same record, byte for byte. */
export async function runScenario(scenario: Scenario, options: RunOptions = {}): Promise<RunResult> {
  const world = createWorld(scenario, options);
  const { onProgress } = options;
  await world.run(scenario.durationNs, onProgress === undefined ? null : () => onProgress(world.now));
  return worldResult(world);
}

/** A run reduced to numbers. */
export interface Measured {
  /** One for each quantity; its unit by `unitOf()`, null when there was nothing to look at. */
  readonly values: readonly (number | string | null)[];
  readonly held: number;
  readonly expectations: number;
}

/** Runs a scenario to its end and keeps what these quantities were. */
export async function measureScenario(
  scenario: Scenario,
  quantities: readonly Quantity[],
): Promise<Measured> {
  const probesNs = quantities.flatMap(({ atNs }) => (atNs === null ? [] : [atNs]));
  const world = createWorld(scenario, { probesNs });
  await world.run(scenario.durationNs);
  const result = worldResult(world);
  return {
    values: quantities.map((q) => evaluateQuantity(q, result, world.state.probes)),
    held: result.expectations.filter((e) => e.ok).length,
    expectations: result.expectations.length,
  };
}
