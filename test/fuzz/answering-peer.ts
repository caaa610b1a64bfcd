// A peer that we call: it answers our SYN, or its own SYN crosses ours.

import type { Step } from './case.ts';
import { FIRST_SEQ, Peer } from './peer.ts';
import { ANSWERING, PATH_MTUS, SYN_ACKED, SYN_OPTIONS, SYN_TSECR } from './peer-choices.ts';

/** Bytes that a SYN or SYN-ACK carries. */
const SYN_DATA = [
  [16, 0],
  [1, 5],
] as const;
const SYN_WINDOW = [
  [10, 65535],
  [2, 1000],
  [1, 100],
  [1, 0],
] as const;
const SYN_ACK_FLAGS = [
  [24, 'S.'],
  [1, 'SE.'],
  [1, 'SF.'],
  [1, 'SP.'],
  [0.5, 'SEW.'],
] as const;
/** Codes of destination unreachable; 16 means nothing. */
const CODE_MAX = 16;

export class AnsweringPeer extends Peer {
  protected readonly next = ANSWERING;
  private initial = FIRST_SEQ;
  private wasAsked = false;

  /** Knows of a SYN. */
  get wasCalled(): boolean {
    return this.wasAsked;
  }

  get isOver(): boolean {
    return this.belief === 'over' || this.belief === 'fresh';
  }

  /** A SYN of ours is on its way. */
  called(): void {
    this.wasAsked = true;
    this.belief = 'asked';
    this.initial = FIRST_SEQ + this.choose.one([0, 0, 0, 70_000]);
    this.seq = this.initial + 1;
    this.ack = 1;
    this.options = this.choose.one(SYN_OPTIONS);
  }

  private synOptions(echo: number): string {
    return this.options.replace('VAL', `${this.clock}`).replace('ecr 0', `ecr ${echo}`);
  }

  /** Bytes behind the SYN; the peer goes on behind them. */
  private withData(): number {
    const length = this.choose.weighted(SYN_DATA);
    if (this.belief === 'asked') this.seq += length;
    return length;
  }

  protected synAck(): string {
    const { choose } = this;
    const acked = choose.weighted(SYN_ACKED);
    const echo = choose.weighted(SYN_TSECR);
    const length = acked === 1 ? this.withData() : 0;
    const flags = choose.weighted(SYN_ACK_FLAGS);
    const off = this.belief === 'asked' ? 0 : choose.one([0, 0, 0, 1, -1, 500]);
    const window = choose.weighted(SYN_WINDOW);
    const text = this.text(flags, this.initial + off, length, acked, window, this.synOptions(echo));
    if (acked === 1 && (this.belief === 'asked' || this.belief === 'crossed')) this.open();
    return text;
  }

  /** One that crosses ours, or comes late. */
  protected syn(): string {
    const { choose } = this;
    const off = this.belief === 'asked' ? 0 : choose.one([0, 0, 1, -1, 500]);
    const length = this.withData();
    const flags = choose.weighted([
      [12, 'S'],
      [1, 'SF'],
      [1, 'SEW'],
    ] as const);
    const text = this.text(
      flags,
      this.initial + off,
      length,
      0,
      choose.weighted(SYN_WINDOW),
      this.synOptions(0),
    );
    if (this.belief === 'asked') this.belief = 'crossed';
    return text;
  }

  protected override icmp(): Step {
    const { choose, port } = this;
    const [type, code] = choose.weighted([
      [10, [3, choose.between(0, CODE_MAX)]],
      [2, [3, 4]],
      [1, [11, 0]],
      [0.5, [11, 1]],
      [0.5, [12, 0]],
      [0.5, [4, 0]],
      [0.5, [5, 1]],
    ] as const);
    const seq = choose.weighted([
      [8, this.ack > 1 ? this.ack : 0],
      [2, 0],
      [1, 1],
      [1, -1],
      [1, 500],
    ] as const);
    const named = type === 3 && code === 4;
    return { do: 'icmp', port, type, code, seq, ...(named ? { mtu: choose.one(PATH_MTUS) } : {}) };
  }
}
