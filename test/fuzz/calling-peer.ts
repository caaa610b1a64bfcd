// A peer that calls: it sends SYNs to our listener.

import { FIRST_SEQ, Peer } from './peer.ts';
import { CALLING, SYN_OFF, SYN_OPTIONS } from './peer-choices.ts';

export class CallingPeer extends Peer {
  protected readonly next = CALLING;
  private initial = FIRST_SEQ;

  /** The first number of a SYN: as before or a little off; after a connection, about where that one ended. */
  private startOfSyn(): number {
    if (this.belief === 'fresh') return FIRST_SEQ;
    const base = this.belief === 'over' ? this.seq : this.initial;
    return base + this.choose.weighted(SYN_OFF);
  }

  protected syn(): string {
    const { choose } = this;
    if (this.belief === 'fresh' || choose.chance(0.15)) this.options = choose.one(SYN_OPTIONS);
    const start = this.startOfSyn();
    if (this.belief === 'fresh' || choose.chance(0.2)) {
      this.initial = start;
      this.seq = start + 1;
      this.ack = 1;
      this.belief = 'asked';
    }
    if (choose.chance(0.3)) this.clock += choose.one([0, 1, 10, -5]);
    const length = choose.weighted([
      [12, 0],
      [1, 5],
    ] as const);
    const flags = choose.weighted([
      [20, 'S'],
      [1, 'SF'],
      [1, 'SEW'],
    ] as const);
    return this.text(
      flags,
      start,
      length,
      0,
      choose.one([65535, 65535, 1000, 0]),
      this.options.replace('VAL', `${this.clock}`),
    );
  }

  /** Not what a caller sends on purpose. */
  protected synAck(): string {
    return this.odd();
  }
}
