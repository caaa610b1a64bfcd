// The namespace of the RAW harness: one TUN device 192.0.2.1/16, IPv6 on lo only, Reno, the sysctls of the engine's tables, and
// a small connection table of its own, so that listing its sockets takes microseconds. Kept by open files only: it is
// gone when the process ends, however it ends.

import { closeSync, openSync } from 'node:fs';
import { type Addr, SYSCTLS } from '@halfopen/engine';
import { HostError, type Libc } from '../libc.ts';
import { setLink, setLinkUp, typedRoute, withRtnetlink } from '../rtnetlink.ts';
import type { Calls } from '../target/calls.ts';
import { inFreshNamespace, readSysctl, writeSysctl } from '../target/namespace.ts';
import { CounterFiles } from '../target/proc-counters.ts';
import { SockDiag } from '../target/sock-diag.ts';
import { openTunWith, type Tun } from '../tun.ts';
import { SockDestroy } from './destroy.ts';
import { PREFIX, peerAddress, SERVER } from './frame.ts';
import type { RouteType } from './raw-target.ts';

const CLONE_NEWNET = 0x40000000;
const DEVICE = 'tun0';
const MTU = 1500;
const LO_MTU = 65536;
const LO_QUEUE = 1000;
/** Buckets of the connection table. @kernel tcp_set_hashinfo net/ipv4/tcp_ipv4.c v6.18 */
const TABLE = 256;

export class RawNamespace {
  readonly tun: Tun;
  readonly diag: SockDiag;
  readonly destroy: SockDestroy;
  readonly counters: CounterFiles;
  private readonly calls: Calls;
  private readonly libc: Libc;
  private readonly fd: number;
  private readonly own: number;
  /** Undo what rows did to routes and to the device, in this order. */
  private readonly undo: Uint8Array[] = [];
  /** Settings that are not at their default now, with the default. */
  private readonly changed = new Map<string, string>();

  /** Throws HostError: `no-permission`, `no-device`, `system-call`. */
  constructor(libc: Libc, calls: Calls) {
    this.calls = calls;
    this.libc = libc;
    const made = withSmallTable(calls, (fd) => {
      settle();
      withRtnetlink(libc, (request) =>
        request('lo: up', setLinkUp(libc.if_nametoindex('lo'), LO_MTU, LO_QUEUE, 1)),
      );
      const tun = openTunWith(libc, {
        name: DEVICE,
        addresses: [{ host: SERVER, engine: peerAddress(0), prefix: PREFIX }],
        mtu: MTU,
      });
      const [diag, destroy] = [new SockDiag(calls), new SockDestroy(calls)];
      return { fd, tun, diag, destroy, counters: new CounterFiles() };
    });
    this.fd = made.fd;
    this.tun = made.tun;
    this.diag = made.diag;
    this.destroy = made.destroy;
    this.counters = made.counters;
    this.own = openSync('/proc/thread-self/ns/net', 'r');
  }

  /** Runs `work`, which must be synchronous, in the namespace. */
  inside<T>(work: () => T): T {
    this.enter(this.fd);
    let result: T;
    try {
      result = work();
    } catch (error) {
      this.enter(this.own);
      throw error;
    }
    this.enter(this.own);
    return result;
  }

  private enter(namespace: number): void {
    if (this.calls.setns(namespace, CLONE_NEWNET) !== 0)
      throw new HostError('system-call', `setns: ${this.calls.errno()}`);
  }

  /** Null, or why it could not be set. */
  setSysctl(name: string, value: number | string | readonly number[]): string | null {
    const text = Array.isArray(value) ? value.join('\t') : `${value}`;
    return this.inside(() => {
      const before = readSysctl(name);
      if (before === text) return null;
      const refused = writeSysctl(name, value);
      if (refused === null && before !== null && !this.changed.has(name)) this.changed.set(name, before);
      return refused;
    });
  }

  /** Puts back what `setSysctl` changed. */
  restoreSysctls(): void {
    if (this.changed.size === 0) return;
    this.inside(() => {
      for (const [name, value] of this.changed) writeSysctl(name, value);
    });
    this.changed.clear();
  }

  /** Adds a route. Throws HostError. */
  route(type: RouteType, prefix: Addr, length: number): void {
    const [add, remove] = [true, false].map((on) => typedRoute(on, type, this.index(), prefix, length, 1));
    this.request([add as Uint8Array]);
    this.undo.unshift(remove as Uint8Array);
  }

  private index(): number {
    return this.inside(() => this.libc.if_nametoindex(DEVICE));
  }

  /** Brings the device up or down; a device that is down has no routes. Throws HostError. */
  link(up: boolean): void {
    const index = this.index();
    this.request([setLink(index, up, 1)]);
    if (!up) this.undo.unshift(setLink(index, true, 1));
  }

  /** Puts routes and the device back. */
  restoreWays(): void {
    if (this.undo.length > 0) this.request(this.undo.splice(0));
  }

  private request(messages: readonly Uint8Array[]): void {
    this.inside(() =>
      withRtnetlink(this.libc, (request) => {
        for (const message of messages) request(DEVICE, message);
      }),
    );
  }

  close(): void {
    this.tun.close();
    this.counters.close();
    this.destroy.close();
    this.diag.close();
    for (const fd of [this.fd, this.own]) closeSync(fd);
  }
}

/** A namespace made in a namespace that asks for small tables; the outer one is gone at the end. */
function withSmallTable<T>(calls: Calls, work: (fd: number) => T): T {
  return inFreshNamespace(calls, (outer) => {
    try {
      writeSysctl('net.ipv4.tcp_child_ehash_entries', TABLE);
      return inFreshNamespace(calls, work);
    } finally {
      closeSync(outer);
    }
  });
}

/** Settings that the machine's owner may have changed, and those that follow from the table's size. */
function settle(): void {
  for (const where of ['all', 'default']) writeSysctl(`net.ipv6.conf.${where}.disable_ipv6`, 1);
  // ::1 can be bound; nothing else has IPv6.
  writeSysctl('net.ipv6.conf.lo.disable_ipv6', 0);
  writeSysctl('net.ipv4.tcp_congestion_control', 'reno');
  // ACKs of out-of-order data are held back by fractions of the round trip, which no two runs share.
  writeSysctl('net.ipv4.tcp_comp_sack_nr', 0);
  for (const [name, { default: value }] of Object.entries(SYSCTLS)) {
    const text = typeof value === 'object' ? value.join('\t') : `${value}`;
    if (name.startsWith('net.ipv4.') && readSysctl(name) !== text) writeSysctl(name, text);
  }
}
