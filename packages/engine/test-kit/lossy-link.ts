// For tests: two kernels joined by a link that delays, loses and reorders segments, driven by one seeded generator.

import { Kernel } from '../src/kernel.ts';
import { linux } from '../src/profile.ts';
import { randomUnit, seedRandom } from '../src/random.ts';
import type { Sysctls } from '../src/sysctl.ts';
import type { Packet } from '../src/wire/packet.ts';
import { must } from './host.ts';
import { PEER, SERVER } from './raw.ts';

export interface LinkOptions {
  readonly seed: number;
  /** Share of segments lost, 0..1, after the handshake. */
  readonly loss: number;
  /** Share of segments that take `extraMs` longer. */
  readonly reorder: number;
  readonly sysctls?: Partial<Sysctls>;
}

interface Flight {
  readonly at: number;
  readonly order: number;
  readonly to: Kernel;
  readonly packet: Packet;
}

const ONE_WAY_NS = 10e6;
const EXTRA_NS = 5e6;
/** Everything a test waits for happens before this. */
const END_NS = 600e9;

export class LossyLink {
  readonly client: Kernel;
  readonly server: Kernel;
  readonly clientTask: number;
  readonly serverTask: number;
  private flights: Flight[] = [];
  private order = 0;
  private readonly options: LinkOptions;
  private readonly random;
  now = 0;
  lossy = false;

  constructor(options: LinkOptions) {
    this.options = options;
    this.random = seedRandom(options.seed);
    const make = (addr: typeof PEER, seed: number): Kernel =>
      Kernel.create({
        profile: linux('6.18')!,
        seed,
        interfaces: [{ name: 'eth0', mtu: 1500, up: true, addrs: [{ addr, prefixLen: 24 }] }],
        ...(options.sysctls === undefined ? {} : { sysctls: options.sysctls }),
      });
    this.client = make(PEER, 1);
    this.server = make(SERVER, 2);
    this.clientTask = this.client.createTask();
    this.serverTask = this.server.createTask();
  }

  /** An established connection: the client's and the server's descriptor. */
  connect(): [client: number, server: number] {
    const listener = must(this.server.socket(this.serverTask, 'AF_INET', 'SOCK_STREAM', true));
    must(this.server.bind(this.serverTask, listener, { family: 'AF_INET', address: SERVER, port: 80 }));
    must(this.server.listen(this.serverTask, listener, 8));
    const fd = must(this.client.socket(this.clientTask, 'AF_INET', 'SOCK_STREAM', true));
    this.client.connect(this.clientTask, fd, { family: 'AF_INET', address: SERVER, port: 80 });
    this.collect();
    while (this.flights.length > 0) this.step();
    return [fd, must(this.server.accept(this.serverTask, listener, true)).fd];
  }

  /** Takes what both sent onto the link. */
  collect(): void {
    for (const [from, to] of [
      [this.client, this.server],
      [this.server, this.client],
    ] as const)
      for (const packet of from.takeOutput()) {
        if (this.lossy && randomUnit(this.random) < this.options.loss) continue;
        const late = this.lossy && randomUnit(this.random) < this.options.reorder;
        const at = this.now + ONE_WAY_NS + (late ? EXTRA_NS : 0);
        this.flights.push({ at, order: this.order++, to, packet });
      }
  }

  /** The next arrival or timer; false when nothing will ever happen. */
  step(): boolean {
    this.flights.sort((a, b) => a.at - b.at || a.order - b.order);
    const flight = this.flights[0];
    const at = Math.min(flight?.at ?? Infinity, this.client.nextTimerAt(), this.server.nextTimerAt());
    if (at > END_NS) return false;
    this.now = Math.max(at, this.now);
    this.client.advanceTo(this.now);
    this.server.advanceTo(this.now);
    if (flight !== undefined && flight.at <= this.now) {
      this.flights.shift();
      flight.to.deliver(flight.packet);
    }
    this.collect();
    return true;
  }
}
