// One network namespace a host, made on the calling thread and kept by file descriptors only: when the process ends,
// however it ends, the kernel takes namespaces, devices and settings away. Everything here is synchronous, because a
// thread that is in another namespace must not give way to other work.
// Left out: net.core settings that Linux keeps for the whole machine (reported), addresses on lo other than its own.

import { closeSync, openSync, promises, readFileSync, writeFileSync } from 'node:fs';
import { type Addr, isV4, parseAddr } from '@halfopen/engine';
import type { HostSpec, RouteSpec, Scenario } from '@halfopen/simnet';
import { HostError, type Libc, loadLibc } from '../libc.ts';
import { newRoute, setLinkUp, withRtnetlink } from '../rtnetlink.ts';
import { openTunWith, type Tun } from '../tun.ts';
import { type Calls, loadCalls } from './calls.ts';
import { CounterFiles } from './proc-counters.ts';

const CLONE_NEWNET = 0x40000000;
/** The same name that simulated hosts give their device. */
const DEVICE = 'eth0';
const LO_MTU = 65536;
const LO_QUEUE = 1000;

/** A setting that could not be made, and why. */
export interface Unsupported {
  readonly host: string;
  readonly sysctl: string;
  readonly reason: string;
}

export interface HostNamespace {
  readonly spec: HostSpec;
  /** Open file of the namespace, for setns() in children. */
  readonly fd: number;
  readonly tun: Tun;
  readonly counters: CounterFiles;
}

export interface Namespaces {
  readonly hosts: readonly HostNamespace[];
  readonly unsupported: readonly Unsupported[];
  /** Safe to call twice. */
  close(): void;
}

/** Runs `work` in a fresh network namespace and comes back. `work` must be synchronous. */
export function inFreshNamespace<T>(calls: Calls, work: (fd: number) => T): T {
  const own = openSync('/proc/thread-self/ns/net', 'r');
  try {
    if (calls.unshare(CLONE_NEWNET) !== 0) throw unshareError(calls.errno());
    const fd = openSync('/proc/thread-self/ns/net', 'r');
    try {
      return work(fd);
    } catch (error) {
      closeSync(fd);
      throw error;
    } finally {
      enter(calls, own);
    }
  } finally {
    closeSync(own);
  }
}

/** Puts the calling thread into a namespace. */
function enter(calls: Calls, fd: number): void {
  if (calls.setns(fd, CLONE_NEWNET) !== 0) throw new HostError('system-call', `setns: ${calls.errno()}`);
}

const ROOT_HINT = 'run as root, or in a user namespace: unshare -Urn halfopen ...';

function unshareError(errno: string): HostError {
  if (errno !== 'EPERM') return new HostError('system-call', `unshare(CLONE_NEWNET): ${errno}`);
  return new HostError(
    'no-permission',
    'making a network namespace: EPERM: CAP_SYS_ADMIN is missing',
    ROOT_HINT,
  );
}

const pathOf = (sysctl: string): string => `/proc/sys/${sysctl.replaceAll('.', '/')}`;

/** Value of a sysctl as the calling thread's namespace has it; null when there is none of that name. */
export function readSysctl(sysctl: string): string | null {
  try {
    return readFileSync(pathOf(sysctl), 'utf8').trim();
  } catch {
    return null;
  }
}

/** Writes a sysctl in the calling thread's namespace. Null, or why it could not be set. */
export function writeSysctl(sysctl: string, value: number | string | readonly number[]): string | null {
  const text = Array.isArray(value) ? value.join('\t') : String(value);
  try {
    // A write of no bytes changes nothing, so an empty list is a line end.
    writeFileSync(pathOf(sysctl), text === '' ? '\n' : text);
    return null;
  } catch (error) {
    if (readSysctl(sysctl) === text) return null;
    const code = (error as NodeJS.ErrnoException).code ?? 'unknown error';
    if (code === 'ENOENT') return 'this namespace has no such setting: Linux keeps it for the whole machine';
    if (code === 'EACCES' || code === 'EPERM') return `${code}: Linux keeps it for the whole machine`;
    return code;
  }
}

/** Settings that keep a namespace quiet: no stray IPv6 packet, and the congestion control that the engine models. */
function quiet(spec: HostSpec): void {
  const v6 = spec.addresses.some(({ address }) => address.includes(':'));
  for (const where of ['all', 'default']) {
    const conf = `net.ipv6.conf.${where}`;
    if (!v6) writeSysctl(`${conf}.disable_ipv6`, 1);
    for (const off of ['accept_dad', 'dad_transmits', 'autoconf', 'accept_ra', 'router_solicitations'])
      writeSysctl(`${conf}.${off}`, 0);
    writeSysctl(`${conf}.addr_gen_mode`, 1);
  }
  writeSysctl('net.ipv4.tcp_congestion_control', 'reno');
}

function must(text: string): Addr {
  const address = parseAddr(text);
  if (address === null) throw new Error(`not an address: ${text}`);
  return address;
}

/** Routes of the scenario, and one to each address that shares a link with the host. */
function routesOf(spec: HostSpec, scenario: Scenario): RouteSpec[] {
  const linked = new Set(
    scenario.links.filter((l) => l.between.includes(spec.name)).flatMap((l) => l.between),
  );
  const neighbours = scenario.hosts.filter((h) => h.name !== spec.name && linked.has(h.name));
  const direct = neighbours.flatMap((h) =>
    h.addresses.map(({ address }) => ({ to: address, prefix: isV4(must(address)) ? 32 : 128, mtu: 0 })),
  );
  // A route that would allow more than the device does has no MTU of its own.
  const own = spec.routes.map((route) => (route.mtu < spec.mtu ? route : { ...route, mtu: 0 }));
  return [...own, ...direct];
}

function openDevice(libc: Libc, spec: HostSpec, scenario: Scenario): Tun {
  const addresses = spec.addresses.map(({ address, prefix }) => ({
    host: must(address),
    engine: must(address),
    prefix,
  }));
  withRtnetlink(libc, (request) =>
    request('lo: up', setLinkUp(libc.if_nametoindex('lo'), LO_MTU, LO_QUEUE, 1)),
  );
  const tun = openTunWith(libc, { name: DEVICE, addresses, mtu: spec.mtu });
  withRtnetlink(libc, (request) => {
    const index = libc.if_nametoindex(tun.name);
    const family = new Set(spec.addresses.map(({ address }) => isV4(must(address))));
    routesOf(spec, scenario).forEach(({ to, prefix, mtu }, i) => {
      if (family.has(isV4(must(to))))
        request(`route ${to}/${prefix}`, newRoute(index, must(to), prefix, mtu, i + 1));
    });
  });
  return tun;
}

function openHost(
  libc: Libc,
  calls: Calls,
  scenario: Scenario,
  spec: HostSpec,
  unsupported: Unsupported[],
): HostNamespace {
  return inFreshNamespace(calls, (fd) => {
    quiet(spec);
    for (const [sysctl, value] of Object.entries(spec.sysctls)) {
      const reason = writeSysctl(sysctl, value);
      if (reason !== null) unsupported.push({ host: spec.name, sysctl, reason });
    }
    const tun = openDevice(libc, spec, scenario);
    return { spec, fd, tun, counters: new CounterFiles() };
  });
}

/** Writes sysctls of a host while the run goes on. Gives those that could not be set. */
export function changeSysctls(host: HostNamespace, sysctls: HostSpec['sysctls']): Unsupported[] {
  const calls = loadCalls();
  const own = openSync('/proc/thread-self/ns/net', 'r');
  try {
    enter(calls, host.fd);
    return Object.entries(sysctls).flatMap(([sysctl, value]) => {
      const reason = writeSysctl(sysctl, value);
      return reason === null ? [] : [{ host: host.spec.name, sysctl, reason }];
    });
  } finally {
    enter(calls, own);
    closeSync(own);
  }
}

/** Opens one namespace for each host of a scenario. Throws HostError and leaves nothing behind. */
export async function openNamespaces(scenario: Scenario): Promise<Namespaces> {
  const libc = await loadLibc();
  const calls = loadCalls();
  // Threads of libuv's pool keep the namespace of whoever starts the pool, so it is started here.
  await promises.stat('/');
  const hosts: HostNamespace[] = [];
  const unsupported: Unsupported[] = [];
  const close = (): void => {
    for (const { tun, counters, fd } of hosts.splice(0)) {
      tun.close();
      counters.close();
      closeSync(fd);
    }
  };
  try {
    for (const spec of scenario.hosts) hosts.push(openHost(libc, calls, scenario, spec, unsupported));
  } catch (error) {
    close();
    throw error;
  }
  return { hosts, unsupported, close };
}
