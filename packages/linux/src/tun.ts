// A TUN device: IP packets that the kernel routes into it are read here, and what is written here the kernel receives.
// The device lives as long as its file is open, so it is gone when the process ends, however it ends.
// Left out: IFF_VNET_HDR (segments larger than the MTU), multi-queue devices, persistent devices.

import { closeSync, constants, openSync, statSync } from 'node:fs';
import { networkInterfaces } from 'node:os';
import { formatAddr, parseAddr } from '@halfopen/engine';
import { errnoName, HostError, type Libc, loadLibc, type PollHandle } from './libc.ts';
import { newAddress, setLinkUp, withRtnetlink } from './rtnetlink.ts';
import { type HostAddress, inUse, type TunAddress } from './subnet.ts';

const DEVICE = '/dev/net/tun';

// include/uapi/linux/if_tun.h, if.h v6.18
const TUNSETIFF = 0x400454ca;
const IFF_TUN = 0x0001;
const IFF_NO_PI = 0x1000;
/** sizeof(struct ifreq) on 64-bit machines; the flags follow the 16-byte name. */
const IFREQ = 40;
/** Longest interface name, IFNAMSIZ - 1. */
export const DEVICE_NAME_MAX = 15;

/** Packets read in one turn of the event loop, so that timers and writes get their turn under load. */
const BATCH = 256;
/** Largest IP packet. */
const PACKET_MAX = 65535;
/** Packets that may wait in the device: at 500 (the default) a busy reader loses 12-15% of 100 k packets/s, at 4000 8%. */
const QUEUE_LENGTH = 4000;

export interface TunOptions {
  /** Interface name; `%d` is replaced by the lowest free number. */
  readonly name: string;
  readonly addresses: readonly TunAddress[];
  /** Bytes, 68 (1280 with IPv6) to 65535. */
  readonly mtu: number;
}

interface TunStats {
  packetsRead: number;
  packetsWritten: number;
  /** Packets that the kernel would not take, by errno name. */
  readonly writeErrors: Map<string, number>;
}

export interface Tun {
  /** The name that the kernel gave. */
  readonly name: string;
  readonly stats: TunStats;
  /** Calls `onReadable` on the event loop while packets wait. */
  start(onReadable: () => void): void;
  /** Hands over the packets that wait, a batch at most. The buffer is reused for each. */
  drain(onPacket: (bytes: Uint8Array, length: number) => void): void;
  /** Hands one packet to the kernel. False when the kernel refused it (counted): to TCP that is a lost packet. */
  write(bytes: Uint8Array, length: number): boolean;
  /** Removes the device. Safe to call twice. */
  close(): void;
}

/**
 * Makes a TUN device, gives its kernel side the addresses and brings it up.
 * Throws HostError: `not-linux`, `no-koffi`, `no-device`, `no-permission`, `busy`, `wrong-use`, `system-call`.
 */
export async function openTun(options: TunOptions): Promise<Tun> {
  return openTunWith(await loadLibc(), options);
}

/** `openTun` in one turn, in the network namespace of the calling thread. */
export function openTunWith(libc: Libc, options: TunOptions): Tun {
  checkSubnets(options.addresses, hostAddresses());
  const fd = openDevice();
  try {
    const name = attach(libc, fd, options.name);
    configure(libc, name, options);
    return new TunDevice(libc, fd, name);
  } catch (error) {
    closeSync(fd);
    throw error;
  }
}

/** Addresses of every interface that is up. */
function hostAddresses(interfaces = networkInterfaces()): HostAddress[] {
  const found: HostAddress[] = [];
  for (const [device, list] of Object.entries(interfaces)) {
    for (const { address, cidr } of list ?? []) {
      const parsed = parseAddr(address);
      const prefix = Number(cidr?.split('/')[1]);
      if (parsed !== null && Number.isInteger(prefix)) found.push({ device, address: parsed, prefix });
    }
  }
  return found;
}

function checkSubnets(addresses: readonly TunAddress[], host: readonly HostAddress[]): void {
  for (const { engine, prefix } of addresses) {
    const other = inUse({ address: engine, prefix }, host);
    if (other === undefined) continue;
    const taken = `${formatAddr(other.address)}/${other.prefix} on ${other.device}`;
    throw new HostError(
      'busy',
      `${formatAddr(engine)}/${prefix} overlaps ${taken}`,
      'choose another subnet with --addr',
    );
  }
}

function openDevice(): number {
  try {
    return openSync(DEVICE, constants.O_RDWR | constants.O_NONBLOCK);
  } catch (error) {
    throw deviceError((error as NodeJS.ErrnoException).code ?? 'unknown error');
  }
}

function deviceError(code: string): HostError {
  if (code === 'ENOENT' || code === 'ENODEV' || code === 'ENXIO') {
    const hint =
      'load the driver (modprobe tun) or, in a container, pass the device in (--device /dev/net/tun)';
    return new HostError('no-device', `${DEVICE}: ${code}: this machine has no TUN driver`, hint);
  }
  if (code === 'EACCES' || code === 'EPERM') {
    const hint = `run as root, or let this user open it (chmod 0666 ${DEVICE}) and go on ${NAMESPACE_EXAMPLE}`;
    return new HostError(
      'no-permission',
      `${DEVICE}: ${code}: this user may not open it (mode ${deviceMode()})`,
      hint,
    );
  }
  return new HostError('system-call', `open ${DEVICE}: ${code}`);
}

const NAMESPACE_EXAMPLE =
  "in a user namespace: unshare -Urn sh -c 'timeout 10 halfopen live & sleep 1; curl http://10.80.0.2/'";

function deviceMode(): string {
  try {
    return (statSync(DEVICE).mode & 0o7777).toString(8).padStart(4, '0');
  } catch {
    return 'unknown';
  }
}

/** TUNSETIFF: makes the device, or takes over a persistent one that this user owns. Returns its name. */
function attach(libc: Libc, fd: number, name: string): string {
  if (name.length === 0 || name.length > DEVICE_NAME_MAX) {
    throw new HostError('wrong-use', `a device name has 1 to ${DEVICE_NAME_MAX} characters: ${name}`);
  }
  const request = new Uint8Array(IFREQ);
  request.set(new TextEncoder().encode(name));
  new DataView(request.buffer).setUint16(16, IFF_TUN | IFF_NO_PI, true);
  if (libc.ioctl(fd, TUNSETIFF, request) < 0) throw attachError(libc.errno(), name);
  return new TextDecoder().decode(request.subarray(0, request.indexOf(0)));
}

function attachError(code: string, name: string): HostError {
  if (code === 'EPERM') {
    const hint = `run as root, or ${NAMESPACE_EXAMPLE}`;
    return new HostError(
      'no-permission',
      'making a TUN device: EPERM: CAP_NET_ADMIN is missing in this network namespace',
      hint,
    );
  }
  if (code === 'EBUSY')
    return new HostError(
      'busy',
      `${name}: EBUSY: another program holds this device`,
      'choose a name with --tun',
    );
  if (code === 'EINVAL') {
    return new HostError(
      'wrong-use',
      `${name}: EINVAL: there is a device of this name that is no TUN device`,
      'choose a name with --tun',
    );
  }
  return new HostError('system-call', `ioctl(TUNSETIFF) ${name}: ${code}`);
}

function configure(libc: Libc, name: string, { addresses, mtu }: TunOptions): void {
  const index = libc.if_nametoindex(name);
  if (index === 0) throw new HostError('system-call', `if_nametoindex ${name}: ${libc.errno()}`);
  withRtnetlink(libc, (request) => {
    let sequence = 1;
    request(`${name}: up, mtu ${mtu}`, setLinkUp(index, mtu, QUEUE_LENGTH, sequence++));
    const done = new Set<string>();
    for (const { host, prefix } of addresses) {
      const text = `${formatAddr(host)}/${prefix}`;
      if (done.has(text)) continue;
      done.add(text);
      request(`${name}: address ${text}`, newAddress(index, host, prefix, sequence++));
    }
  });
}

class TunDevice implements Tun {
  readonly name: string;
  readonly stats: TunStats = { packetsRead: 0, packetsWritten: 0, writeErrors: new Map() };
  private readonly libc: Libc;
  private fd: number;
  private readonly buffer = new Uint8Array(PACKET_MAX);
  private handle: PollHandle | undefined;

  constructor(libc: Libc, fd: number, name: string) {
    this.libc = libc;
    this.fd = fd;
    this.name = name;
  }

  start(onReadable: () => void): void {
    this.handle = this.libc.poll(this.fd, onReadable);
  }

  drain(onPacket: (bytes: Uint8Array, length: number) => void): void {
    for (let n = 0; n < BATCH && this.fd >= 0; n++) {
      const length = this.libc.read(this.fd, this.buffer, PACKET_MAX);
      if (length <= 0) return;
      this.stats.packetsRead++;
      onPacket(this.buffer, length);
    }
  }

  write(bytes: Uint8Array, length: number): boolean {
    if (this.fd < 0) return false;
    if (this.libc.write(this.fd, bytes, length) === length) {
      this.stats.packetsWritten++;
      return true;
    }
    const why = errnoName(this.libc.errnoNumber());
    this.stats.writeErrors.set(why, (this.stats.writeErrors.get(why) ?? 0) + 1);
    return false;
  }

  close(): void {
    if (this.fd < 0) return;
    this.handle?.close();
    closeSync(this.fd);
    this.fd = -1;
  }
}
