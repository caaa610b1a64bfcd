// Time travel: the whole world as JSON data at any event, and back. Kernels, queue, links, random states and records are
// copied. A program is a running function, which nothing can copy; so it is started afresh and given the logged results
// of its calls, without touching a kernel, until it is in the call in which it was. A program must therefore be
// deterministic: Sys is all it may look at. An actor is data, and is copied like the rest.

import { type Frozen, freezeValue, Kernel, type KernelSnapshot, thawValue } from '@halfopen/engine';
import type { Host } from './host.ts';
import { programFor } from './programs.ts';
import type { Scenario } from './scenario.ts';
import { World, type WorldOptions } from './world.ts';
import type { WorldState } from './world-state.ts';

/** A world as JSON data; survives JSON.stringify and JSON.parse. */
export interface WorldSnapshot {
  readonly format: 'halfopen-world-1';
  readonly state: Frozen;
  /** By host, in the order of the scenario. */
  readonly kernels: readonly KernelSnapshot[];
}

/** The world as it is between two events. It must have been made with `history: true`. */
export function takeSnapshot(world: World): WorldSnapshot {
  if (world.options.history !== true) throw new Error('a snapshot needs a world made with history: true');
  return {
    format: 'halfopen-world-1',
    state: freezeValue(world.state),
    kernels: world.hosts.map((host) => host.kernel.snapshot()),
  };
}

function restoreHosts(scenario: Scenario, snapshot: WorldSnapshot): Host[] {
  return scenario.hosts.map((spec, index) => {
    const kernel = Kernel.restore(snapshot.kernels[index] as KernelSnapshot);
    return {
      index,
      spec,
      kernelName: spec.kernel ?? scenario.kernel,
      kernel,
      counters: kernel.net.mib.slice(),
    };
  });
}

/**
 * A world equal to the one that the snapshot was taken of; `scenario` and `options` must be the same as its. Throws
 * ProcessError when a program does not repeat the calls it made.
 */
export async function restoreWorld(
  scenario: Scenario,
  options: WorldOptions,
  snapshot: WorldSnapshot,
): Promise<World> {
  const state = thawValue(snapshot.state) as WorldState;
  const world = new World(scenario, options, { state, hosts: restoreHosts(scenario, snapshot) });
  for (const [i, process] of state.processes.entries()) {
    if (!process.started || process.status === 'done' || process.actor !== null) continue;
    const run = world.runs[i] as World['runs'][number];
    await run.replay(programFor(world.instances[i] as World['instances'][number], options.programs ?? {}));
  }
  return world;
}

/** An independent world that goes on from here. */
export const forkWorld = (world: World): Promise<World> =>
  restoreWorld(world.scenario, world.options, takeSnapshot(world));
