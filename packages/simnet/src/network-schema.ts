// Reads hosts, links and sysctl changes of a scenario document.

import { linux, PROFILE_NAMES } from '@halfopen/engine';
import { hostCpus } from './cpu/cost-schema.ts';
import { addressWithPrefix, checkName, hostName } from './place-readers.ts';
import {
  duration,
  entries,
  Fields,
  integer,
  list,
  meant,
  oneOf,
  probability,
  type Reader,
  rate,
  text,
} from './readers.ts';
import type { AddressSpec, HostSpec, LinkSpec, RouteSpec, SysctlChange, TimerRounding } from './scenario.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';
import { sysctls } from './sysctl-reader.ts';

/** Latency of a link that names none, ns. */
const LATENCY_NS = 100_000;
/** Extra delay of a reordered packet, ns, when the document names none. */
const REORDER_DELAY_NS = 1_000_000;
/** Linux's default txqueuelen. */
const QUEUE_PACKETS = 1000;
/** Least IPv4 MTU and largest IP packet. */
const mtu = integer(68, 65535, 'an MTU, bytes,');

export const TIMERS: readonly TimerRounding[] = ['exact', 'hz100', 'hz250', 'hz300', 'hz1000'];

export const timerRounding: Reader<TimerRounding> = oneOf(TIMERS);

export const kernelName: Reader<string> = (value, path) => {
  const name = text(value, path);
  if (linux(name) !== null) return name;
  return refuse(path, `a kernel profile: ${PROFILE_NAMES.join(', ')}`, value, meant(name, PROFILE_NAMES));
};

const route: Reader<RouteSpec> = (value, path) => {
  const f = new Fields(value, path, ['to', 'mtu'], 'a route such as { to: 0.0.0.0/0 }');
  const to = f.get('to', addressWithPrefix);
  return { to: to.address, prefix: to.prefix, mtu: f.or('mtu', mtu, 65535) };
};

/** A host that names no routes has a default route for each family that it speaks, as hosts have. */
const defaultRoutes = (addresses: readonly AddressSpec[]): RouteSpec[] => {
  const families = new Set(addresses.map(({ address }) => (address.includes(':') ? '::' : '0.0.0.0')));
  return [...families].map((to) => ({ to, prefix: 0, mtu: 65535 }));
};

const HOST_KEYS = ['address', 'addresses', 'kernel', 'sysctls', 'routes', 'mtu', 'booted', 'cpus', 'costs'];

function host(name: string, value: unknown, path: ScenarioPath): HostSpec {
  checkName(name, path, 'a host name');
  const f = new Fields(value, path, HOST_KEYS, 'a host such as { address: 10.0.0.1/24 }');
  const one = f.or('address', addressWithPrefix, null);
  const addresses = f.or('addresses', list(addressWithPrefix), one === null ? [] : [one]);
  if (one !== null && f.has('addresses'))
    refuse(f.at('address'), 'either address or addresses', f.raw('address'));
  if (addresses.length === 0) refuse(f.at('address'), 'an address such as 10.0.0.1/24', undefined);
  return {
    name,
    kernel: f.or('kernel', kernelName, null),
    addresses,
    sysctls: f.or('sysctls', sysctls, {}),
    routes: f.or('routes', list(route), defaultRoutes(addresses)),
    mtu: f.or('mtu', mtu, 1500),
    bootedNs: f.or('booted', duration, null),
    cpus: hostCpus(f),
  };
}

export const hosts: Reader<HostSpec[]> = (value, path) => {
  const all = entries(host, 'a mapping of host names to hosts')(value, path);
  if (all.length === 0) refuse(path, 'at least one host', value);
  const owners = new Map<string, string>();
  for (const { name, addresses } of all) {
    addresses.forEach(({ address }) => {
      const other = owners.get(address);
      if (other !== undefined) refuse([...path, name], `an address that ${other} does not have`, address);
      owners.set(address, name);
    });
  }
  return all;
};

const LINK_KEYS = [
  'between',
  'latency',
  'jitter',
  'bandwidth',
  'queue',
  'loss',
  'duplicate',
  'reorder',
  'reorderDelay',
];

const link =
  (names: readonly string[]): Reader<LinkSpec> =>
  (value, path) => {
    const f = new Fields(
      value,
      path,
      LINK_KEYS,
      'a link such as { between: [client, server], latency: 10ms }',
    );
    const between = f.get('between', list(hostName(names), 'a list of host names'));
    if (between.length < 2 || new Set(between).size < between.length) {
      refuse(f.at('between'), 'two or more different hosts', f.raw('between'));
    }
    const bandwidth = f.or('bandwidth', rate, null);
    if (bandwidth === null && f.has('queue')) refuse(f.at('queue'), 'a bandwidth beside it', f.raw('queue'));
    return {
      between,
      latencyNs: f.or('latency', duration, LATENCY_NS),
      jitterNs: f.or('jitter', duration, 0),
      bandwidth,
      queue: f.or('queue', integer(1, 1_000_000, 'packets'), QUEUE_PACKETS),
      loss: f.or('loss', probability, 0),
      duplicate: f.or('duplicate', probability, 0),
      reorder: {
        probability: f.or('reorder', probability, 0),
        delayNs: f.or('reorderDelay', duration, REORDER_DELAY_NS),
      },
    };
  };

/** Reads the links; two links may not join the same pair of hosts. */
export const links =
  (names: readonly string[]): Reader<LinkSpec[]> =>
  (value, path) => {
    const all = list(link(names))(value, path);
    const pairs = new Set<string>();
    all.forEach(({ between }, i) => {
      for (const a of between) {
        for (const b of between) {
          if (a < b && pairs.has(`${a} ${b}`))
            refuse([...path, i], `hosts that no other link joins`, `${a}, ${b}`);
        }
      }
      for (const a of between) for (const b of between) if (a < b) pairs.add(`${a} ${b}`);
    });
    return all;
  };

/** The link of a scenario that names none: all hosts on one segment. */
export const defaultLinks = (names: readonly string[]): LinkSpec[] => {
  if (names.length < 2) return [];
  return [link(names)({ between: names }, ['links', 0])];
};

export const change =
  (names: readonly string[]): Reader<SysctlChange> =>
  (value, path) => {
    const f = new Fields(
      value,
      path,
      ['at', 'host', 'sysctls'],
      'a change such as { at: 3s, host: server, sysctls: {…} }',
    );
    return {
      atNs: f.get('at', duration),
      host: f.get('host', hostName(names)),
      sysctls: f.get('sysctls', sysctls),
    };
  };
