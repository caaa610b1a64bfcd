// One host: its kernel, its devices and routes from the scenario, and a reading of its counters to compare with.

import {
  COUNTER_NAMES,
  type Interface,
  isV4,
  Kernel,
  linux,
  type Profile,
  parseAddr,
  type Route,
} from '@halfopen/engine';
import type { HostSpec, Scenario, TimerRounding } from './scenario.ts';

/** The running side of a host. */
export interface Host {
  readonly index: number;
  readonly spec: HostSpec;
  readonly kernelName: string;
  kernel: Kernel;
  /** Counters at the last look. */
  counters: Float64Array;
}

const DEVICE = 'eth0';

/** An address of a checked scenario. */
function must(text: string) {
  const address = parseAddr(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}

/** Routes of the document, and one to each address that shares a link, which a prefix may not cover. */
function routesOf(spec: HostSpec, scenario: Scenario): Route[] {
  const routes: Route[] = spec.routes.map((r) => ({
    dst: must(r.to),
    prefixLen: r.prefix,
    dev: DEVICE,
    type: 'unicast',
    mtu: Math.min(r.mtu, spec.mtu),
  }));
  const names = new Set(
    scenario.links.filter((l) => l.between.includes(spec.name)).flatMap((l) => l.between),
  );
  for (const other of scenario.hosts) {
    if (other.name === spec.name || !names.has(other.name)) continue;
    for (const { address } of other.addresses) {
      const dst = must(address);
      routes.push({ dst, prefixLen: isV4(dst) ? 32 : 128, dev: DEVICE, type: 'unicast' });
    }
  }
  return routes;
}

const profileOf = (name: string, hz: Profile['hz']): Profile => {
  const profile = linux(name, hz);
  if (profile === null) throw new Error(`no kernel profile ${name}`);
  return profile;
};

const HZ: { readonly [T in TimerRounding]: Profile['hz'] } = {
  exact: 0,
  hz100: 100,
  hz250: 250,
  hz300: 300,
  hz1000: 1000,
};

export function newHost(scenario: Scenario, index: number, trace: boolean): Host {
  const spec = scenario.hosts[index] as HostSpec;
  const kernelName = spec.kernel ?? scenario.kernel;
  const device: Interface = {
    name: DEVICE,
    mtu: spec.mtu,
    addrs: spec.addresses.map(({ address, prefix }) => ({ addr: must(address), prefixLen: prefix })),
    up: true,
  };
  const kernel = Kernel.create({
    profile: profileOf(kernelName, HZ[scenario.timers]),
    seed: scenario.seed * 4096 + index,
    interfaces: [device],
    routes: routesOf(spec, scenario),
    sysctls: spec.sysctls,
    ...(spec.bootedNs === null ? {} : { bootedAt: spec.bootedNs }),
    trace,
  });
  return { index, spec, kernelName, kernel, counters: kernel.net.mib.slice() };
}

/** Counters that moved since the last look, by nstat name. */
export function countersMoved(host: Host): { [name: string]: number } {
  const now = host.kernel.net.mib;
  const moved: { [name: string]: number } = {};
  for (let i = 0; i < now.length; i++) {
    const by = (now[i] as number) - (host.counters[i] as number);
    if (by === 0) continue;
    moved[COUNTER_NAMES[i] as string] = by;
    host.counters[i] = now[i] as number;
  }
  return moved;
}
