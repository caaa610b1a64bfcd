// The kernel of a live run: which one, with which addresses and settings, and on whose clock.

import { uptime } from 'node:os';
import { type Interface, Kernel, type Profile, parseAddr, type Route, type Sysctls } from '@halfopen/engine';
import type { Cidr, TunAddress } from './subnet.ts';

export interface LiveOptions {
  readonly profile: Profile;
  /** Secrets and random choices of the engine; null draws one, which the `started` event names. */
  readonly seed: number | null;
  readonly sysctls: Partial<Sysctls>;
  /** The engine's addresses. */
  readonly addresses: readonly Cidr[];
  /** Bytes. */
  readonly mtu: number;
  /** Device name; `%d` takes the lowest free number. */
  readonly device: string;
  /** pcapng file, or null. */
  readonly capturePath: string | null;
  /** SYNs of each connection that the wire loses. */
  readonly dropSyns: number;
  /** Whether the engine tells what it does; without it only `started`, program events and `ended` come. */
  readonly trace: boolean;
}

const NS_PER_SECOND = 1_000_000_000;
/** The wall clock in ns is taken modulo this, so that it stays an exact number; the ISN clock's period divides it. */
const WALL_NS_MODULUS = 2n ** 50n;

/** A namespace with one interface, which owns the addresses and leads everywhere else. */
export function makeKernel(options: LiveOptions, plan: readonly TunAddress[], seed: number): Kernel {
  const device: Interface = {
    name: 'tun0',
    mtu: options.mtu,
    up: true,
    addrs: plan.map(({ engine, prefix }) => ({ addr: engine, prefixLen: prefix })),
  };
  const everywhere = (dst: string): Route => ({
    dst: parseAddr(dst) as Route['dst'],
    prefixLen: 0,
    dev: 'tun0',
    type: 'unicast',
  });
  return Kernel.create({
    profile: options.profile,
    seed,
    interfaces: [device],
    routes: [everywhere('0.0.0.0'), everywhere('::')],
    sysctls: options.sysctls,
    // Real clocks, so that sequence numbers and timestamps go on where the last run ended: a peer may still keep its
    // connections in TIME-WAIT.
    bootedAt: Math.round(uptime() * NS_PER_SECOND),
    wallAt: Number((BigInt(Date.now()) * 1_000_000n) % WALL_NS_MODULUS),
    trace: options.trace,
  });
}
