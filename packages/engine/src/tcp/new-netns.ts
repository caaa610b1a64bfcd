// A fresh network namespace: tables, secrets and clocks drawn from a seed.

import { newBindTable } from '../inet/bind-table.ts';
import { newEphemeralPorts } from '../inet/ephemeral-ports.ts';
import { newEstablished } from '../inet/established.ts';
import { newListenTable } from '../inet/listen-table.ts';
import { reservedPorts } from '../inet/port-range.ts';
import { type Interface, loopbackInterface, type Route } from '../inet/route.ts';
import { newMib } from '../mib.ts';
import { type Profile, profileSysctls } from '../profile.ts';
import { type RandomState, randomInt32, randomUnit, seedRandom } from '../random.ts';
import { newSlab } from '../slab.ts';
import type { SysctlName, Sysctls } from '../sysctl.ts';
import { newTimerWheel } from '../timer-wheel.ts';
import { NS_PER_S } from './clock.ts';
import type { Netns, Secrets } from './netns.ts';
import { REQUEST_STRIDE, REQUEST6_STRIDE } from './request-sock.ts';
import { TIMEWAIT_STRIDE, TIMEWAIT6_STRIDE } from './time-wait.ts';
import { TIMER_STRIDE } from './timers.ts';

export interface NetnsOptions {
  readonly profile: Profile;
  /** Any integer; secrets and every random choice follow from it. */
  readonly seed: number;
  /** Devices besides `lo`. */
  readonly interfaces?: readonly Interface[];
  /** Routes besides those that interface addresses imply. */
  readonly routes?: readonly Route[];
  readonly sysctls?: Partial<Sysctls>;
  /** CLOCK_MONOTONIC at time 0, ns. Default: drawn from the seed, between 1 and 10 days. */
  readonly bootedAt?: number;
  /** Wall clock at time 0, ns. Default: drawn from the seed. */
  readonly wallAt?: number;
  readonly trace?: boolean;
}

/** Uptime of a host whose owner names none: between one and ten days. */
const DAY_NS = 86400 * NS_PER_S;
/** The ISN clock needs no more than this much of the wall clock, ns. */
const WALL_MAX = 2 ** 52;

function drawKey(random: RandomState): Int32Array {
  return Int32Array.from({ length: 4 }, () => randomInt32(random));
}

function drawSecrets(random: RandomState): Secrets {
  return {
    isn: drawKey(random),
    timestamp: drawKey(random),
    cookie0: drawKey(random),
    cookie1: drawKey(random),
    ports: drawKey(random),
  };
}

/** What a namespace starts with: a setting that the kernel does not have is not made. */
function startingSysctls(profile: Profile, given: Partial<Sysctls>): Sysctls {
  const known = Object.entries(given).filter(([name]) => !profile.lacks.sysctls.includes(name as SysctlName));
  return { ...profileSysctls(profile), ...Object.fromEntries(known) };
}

export function newNetns(options: NetnsOptions): Netns {
  const sysctl = startingSysctls(options.profile, options.sysctls ?? {});
  const random = seedRandom(options.seed);
  const secrets = drawSecrets(random);
  const bootedAt = options.bootedAt ?? Math.floor(DAY_NS * (1 + 9 * randomUnit(random)));
  const wallAt = options.wallAt ?? Math.floor(WALL_MAX * randomUnit(random));
  return {
    profile: options.profile,
    sysctl,
    reservedPorts: reservedPorts(sysctl),
    mib: newMib(),
    now: 0,
    bootedAt,
    wallAt,
    secrets,
    slabs: [1, 1, REQUEST_STRIDE, REQUEST6_STRIDE, TIMEWAIT_STRIDE, TIMEWAIT6_STRIDE, TIMER_STRIDE].map(
      newSlab,
    ),
    wheel: newTimerWheel(options.profile.hz !== 0 && options.profile.behaviour.timerWheel === 'levels'),
    established: newEstablished(randomInt32(random), randomInt32(random)),
    binds: newBindTable(options.profile.behaviour.flipsBucketBack),
    listeners: newListenTable(),
    ports: newEphemeralPorts(),
    random,
    socks: new Map(),
    nextSock: 1,
    tasks: new Map(),
    nextTask: 1,
    interfaces: [loopbackInterface(), ...(options.interfaces ?? [])],
    routes: [...(options.routes ?? [])],
    pathMtus: new Map(),
    provenPeers: new Set(),
    timeWaits: 0,
    orphans: 0,
    miniOowAck: new Map(),
    challengeSecond: -1,
    challengeCount: 0,
    out: [],
    loopback: [],
    wakes: [],
    trace: options.trace === true ? [] : null,
    log: [],
  };
}
