// The words of `halfopen live` as settings that make sense together, or what is wrong with them. Pure: nothing is
// opened here.

import {
  type Addr,
  defaultSysctls,
  isSysctl,
  isV4,
  linux,
  PROFILE_NAMES,
  type Profile,
  SYSCTLS,
  type SysctlInfo,
  type SysctlName,
  type Sysctls,
  type SysctlValue,
  sysctlSize,
  writeSysctl,
} from '@halfopen/engine';
import {
  type Cidr,
  DEVICE_NAME_MAX,
  LIVE_PROGRAMS,
  type LiveOptions,
  type LiveProgramName,
  parseCidr,
} from '@halfopen/linux';
import { nearest, parseDuration } from '@halfopen/simnet';
import type { Messages } from '../messages/index.ts';
import type { Outcome } from '../outcome.ts';
import { type ConnectSettings, readConnect, readTarget, refuseLoopback } from './connect-settings.ts';
import { LIVE_CATALOGUES, type LiveMessages } from './messages.ts';
import { Refusal } from './refusal.ts';

/** What the parser of the command gives; undefined where an option was not given. */
export interface LiveArgs {
  readonly program: string | undefined;
  readonly connect: string | undefined;
  readonly addr: readonly string[];
  readonly port: string | undefined;
  readonly backlog: string | undefined;
  readonly stallAccept: string | undefined;
  readonly dropSyn: string | undefined;
  readonly kernel: string | undefined;
  readonly set: readonly string[];
  readonly tun: string | undefined;
  readonly mtu: string | undefined;
  readonly pcap: string | undefined;
  readonly seed: string | undefined;
  readonly send: string | undefined;
  readonly http: string | undefined;
  readonly bytes: boolean;
  readonly packets: boolean;
  readonly quiet: boolean;
  readonly json: boolean;
}

export interface ServeSettings {
  readonly program: LiveProgramName;
  readonly port: number;
  readonly backlog: number;
  readonly stallNs: number;
}

export interface LiveSettings {
  readonly live: LiveOptions;
  readonly use:
    | { readonly kind: 'serve'; readonly serve: ServeSettings }
    | { readonly kind: 'connect'; readonly connect: ConnectSettings };
}

const DEFAULT_ADDRESS = { v4: '10.80.0.2/24', v6: 'fd80::2/64' };
const MTU_MAX = 65_535;
/** Least MTU of IPv4 and of IPv6, bytes (RFC 791, RFC 8200). */
const MTU_MIN = { v4: 68, v6: 1280 };
const SEED_MAX = 0xffffffff;
const INT_MAX = 0x7fffffff;

/** Checks everything; the outcome is the first thing that is wrong. */
export function readSettings(args: LiveArgs, m: Messages): LiveSettings | Outcome {
  try {
    return settings(args, LIVE_CATALOGUES[m.lang as keyof typeof LIVE_CATALOGUES]);
  } catch (error) {
    if (error instanceof Refusal) return error.outcome;
    throw error;
  }
}

function settings(args: LiveArgs, m: LiveMessages): LiveSettings {
  if (args.connect !== undefined && args.program !== undefined) throw new Refusal(m.both);
  refuseStrays(args, m);
  const target = args.connect === undefined ? null : readTarget(args.connect, m);
  const addresses = readAddresses(args.addr, target?.to ?? null);
  const v6 = addresses.some((a) => !isV4(a.address));
  const live: LiveOptions = {
    profile: readProfile(args.kernel, m),
    seed: args.seed === undefined ? null : readNumber('--seed', args.seed, 0, SEED_MAX, m),
    sysctls: readSysctls(args.set, m),
    addresses,
    mtu: readNumber('--mtu', args.mtu ?? '1500', v6 ? MTU_MIN.v6 : MTU_MIN.v4, MTU_MAX, m),
    device: readDevice(args.tun ?? 'halfopen%d', m),
    capturePath: args.pcap ?? null,
    dropSyns: readNumber('--drop-syn', args.dropSyn ?? '0', 0, 1000, m),
    trace: !args.quiet || args.json,
  };
  if (target === null) return { live, use: { kind: 'serve', serve: readServe(args, m) } };
  refuseLoopback(args.connect as string, target.to, m);
  if (!addresses.some((a) => isV4(a.address) === isV4(target.to)))
    throw new Refusal(m.noFamily(isV4(target.to) ? 'IPv4' : 'IPv6'));
  return { live, use: { kind: 'connect', connect: readConnect(args, target, m) } };
}

/** Options that mean nothing in the chosen use are refused, so that nobody waits for their effect. */
function refuseStrays(args: LiveArgs, m: LiveMessages): void {
  const given = (value: string | boolean | undefined): boolean => value !== undefined && value !== false;
  if (args.connect === undefined) {
    if (given(args.send)) throw new Refusal(m.onlyWith('--send', '--connect'));
    if (given(args.http)) throw new Refusal(m.onlyWith('--http', '--connect'));
    if (given(args.bytes)) throw new Refusal(m.onlyWith('--bytes', '--connect'));
    return;
  }
  if (given(args.port)) throw new Refusal(m.onlyWith('--port', '--program'));
  if (given(args.backlog)) throw new Refusal(m.onlyWith('--backlog', '--program'));
  if (given(args.stallAccept)) throw new Refusal(m.onlyWith('--stall-accept', '--program'));
  if (given(args.send) && given(args.http)) throw new Refusal(m.onlyWith('--send', '--connect, --http'));
}

function readNumber(option: string, text: string, min: number, max: number, m: LiveMessages): number {
  const n = Number(text);
  if (!/^-?\d{1,10}$/.test(text) || n < min || n > max)
    throw new Refusal(m.badNumber(option, text, min, max));
  return n;
}

function readProfile(name: string | undefined, m: LiveMessages): Profile {
  const wanted = name ?? (PROFILE_NAMES[0] as string);
  const profile = linux(wanted);
  if (profile === null) throw new Refusal(m.badKernel(wanted, PROFILE_NAMES.join(', ')));
  return profile;
}

function readSysctls(list: readonly string[], m: LiveMessages): Partial<Sysctls> {
  const out: Record<string, SysctlValue> = {};
  for (const text of list) {
    const [name = '', value, ...rest] = text.split('=');
    if (value === undefined || rest.length > 0) throw new Refusal(m.badSet(text));
    if (!isSysctl(name)) {
      const near = nearest(name, Object.keys(SYSCTLS));
      throw new Refusal(m.unknownSysctl(name), near);
    }
    out[name] = readSysctl(name, value, m);
  }
  return out as Partial<Sysctls>;
}

function readSysctl(name: SysctlName, text: string, m: LiveMessages): SysctlValue {
  const info: SysctlInfo = SYSCTLS[name];
  const count = sysctlSize(info);
  const numbers =
    text.trim() === ''
      ? []
      : text
          .trim()
          .split(/[\s,]+/)
          .map(Number);
  const value = count === 0 ? text : numbers.length === 1 ? (numbers[0] as number) : numbers;
  const values = defaultSysctls();
  if (!writeSysctl(values, name, value).ok) throw new Refusal(m.badSysctl(name, count, info.min, info.max));
  return values[name];
}

function readDevice(name: string, m: LiveMessages): string {
  if (name.length === 0 || name.length > DEVICE_NAME_MAX || /[\s/]/.test(name))
    throw new Refusal(m.badTun(name, DEVICE_NAME_MAX));
  return name;
}

function readAddresses(list: readonly string[], target: Addr | null): Cidr[] {
  const family = target === null || isV4(target) ? 'v4' : 'v6';
  return (list.length > 0 ? list : [DEFAULT_ADDRESS[family]]).map((text) => {
    const cidr = parseCidr(text);
    if (typeof cidr === 'string') throw new Refusal(`--addr ${text}: ${cidr}`);
    return cidr;
  });
}

function readServe(args: LiveArgs, m: LiveMessages): ServeSettings {
  const program = args.program ?? 'http';
  const known = LIVE_PROGRAMS.find((p) => p === program);
  if (known === undefined) throw new Refusal(m.badProgram(program, LIVE_PROGRAMS.join(', ')));
  const stallNs = args.stallAccept === undefined ? 0 : parseDuration(args.stallAccept);
  if (stallNs === null) throw new Refusal(m.badDuration('--stall-accept', args.stallAccept as string));
  return {
    program: known,
    port: readNumber('--port', args.port ?? '80', 1, 65_535, m),
    backlog: readNumber('--backlog', args.backlog ?? '128', -1, INT_MAX, m),
    stallNs,
  };
}

/** `--stall-accept` may stand without a duration. */
const STALL_DEFAULT = '3s';

/** Gives a bare `--stall-accept` its duration, since an option of the parser always has a value. */
export const withStallDefault = (argv: readonly string[]): string[] =>
  argv.flatMap((arg, i) => {
    const next = argv[i + 1];
    return arg === '--stall-accept' && (next === undefined || next.startsWith('-'))
      ? [`--stall-accept=${STALL_DEFAULT}`]
      : [arg];
  });
