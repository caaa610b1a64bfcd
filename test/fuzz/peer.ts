// What one peer port does in a random case: it knows roughly where its connection stands and mostly sends what fits.
// Which side sends the SYN is for those that extend it.

import type { Step } from './case.ts';
import type { Choose } from './choose.ts';
import { type Belief, type Kind, TSECR, TSVAL_OFF } from './peer-choices.ts';

export const FIRST_SEQ = 1000;
/** The windows our host offers lie below this unless scaled. */
const FAR = 90_000;

export abstract class Peer {
  protected readonly choose: Choose;
  protected readonly port: number;
  protected belief: Belief = 'fresh';
  /** Of its SYN or SYN-ACK. */
  protected options = '';
  /** Next sequence number, and what is believed to be the next of the other side. */
  protected seq = FIRST_SEQ + 1;
  protected ack = 1;
  protected clock = 100;

  constructor(choose: Choose, port: number) {
    this.choose = choose;
    this.port = port;
  }

  /** Believes that the handshake is over, and may be accepted. */
  get isOpen(): boolean {
    return this.belief === 'open';
  }

  /** The other side may have sent a FIN. */
  mayBeClosing(): void {
    if (this.belief !== 'open') return;
    this.belief = 'closing';
    this.ack += 1;
  }

  /** The other side may have sent this many bytes. */
  mayHaveGot(bytes: number): void {
    if (this.choose.chance(0.7)) this.ack += bytes;
  }

  /** What comes next, by belief. */
  protected abstract readonly next: { readonly [B in Belief]: readonly (readonly [number, Kind])[] };

  protected abstract syn(): string;
  protected abstract synAck(): string;

  step(): Step {
    const kind = this.choose.weighted(this.next[this.belief]);
    if (kind === 'icmp') return this.icmp();
    return { do: 'segment', port: this.port, text: kind === 'ack' ? this.bare() : this[kind]() };
  }

  /**
   * Options of a segment after the SYN: timestamps when they were offered, mostly right ones. Where none were, TSecr is
   * 0: a cookie check would take any other for options hidden under a random offset.
   */
  protected stamp(): string {
    const { choose } = this;
    const offered = this.options.includes('TS val');
    if (choose.chance(offered ? 0.05 : 0.97)) return '';
    if (choose.chance(0.5)) this.clock++;
    const val = this.clock + choose.weighted(TSVAL_OFF);
    return `nop,nop,TS val ${val} ecr ${offered ? choose.weighted(TSECR) : 0}`;
  }

  protected window(): number {
    return this.choose.weighted([
      [8, 65535],
      [1, 0],
      [1, 100],
      [1, 1000],
    ] as const);
  }

  protected acknowledged(): number {
    return Math.max(
      0,
      this.ack +
        this.choose.weighted([
          [24, 0],
          [1, 1],
          [1, -1],
          [1, 5],
          [1, 77],
          [1, FAR],
        ] as const),
    );
  }

  protected segment(flags: string, seq: number, length: number): string {
    return this.text(flags, seq, length, this.acknowledged(), this.window(), this.stamp());
  }

  protected text(
    flags: string,
    seq: number,
    length: number,
    ack: number,
    win: number,
    options: string,
  ): string {
    const acknowledges = flags.includes('.') ? ` ack ${ack}` : '';
    return `${flags} ${seq}:${seq + length}(${length})${acknowledges} win ${win}${options === '' ? '' : ` <${options}>`}`;
  }

  /** Believes that the handshake is over. */
  protected open(): void {
    if (this.belief === 'fresh' || this.belief === 'asked' || this.belief === 'crossed') this.belief = 'open';
  }

  /** A bare ACK, the third one of a handshake above all. */
  private bare(): string {
    this.open();
    const off = this.choose.weighted([
      [20, 0],
      [1, -1],
      [1, 100],
      [1, FAR],
    ] as const);
    return this.segment('.', this.seq + off, 0);
  }

  private data(): string {
    this.open();
    const length = this.choose.one([1, 5, 100, 536, 1000, 1448]);
    const text = this.segment(this.choose.one(['P.', '.']), this.seq, length);
    this.seq += length;
    return text;
  }

  /** Data behind a hole, or beyond every window. */
  private early(): string {
    this.open();
    return this.segment(
      'P.',
      this.seq + this.choose.one([1, 5, 100, 2000, FAR]),
      this.choose.one([1, 5, 100]),
    );
  }

  /** Data that was sent before, or partly. */
  private old(): string {
    return this.segment('P.', this.seq - this.choose.one([1, 5, 10, 100]), this.choose.one([1, 5, 20]));
  }

  private fin(): string {
    this.open();
    const length = this.choose.one([0, 0, 5]);
    const text = this.segment('F.', this.seq, length);
    this.seq += length + 1;
    if (this.belief === 'closing') this.belief = 'over';
    return text;
  }

  private rst(): string {
    const off = this.choose.weighted([
      [8, 0],
      [2, 1],
      [2, 100],
      [1, -1],
      [1, FAR],
    ] as const);
    if (off === 0 && this.choose.chance(0.5)) this.belief = 'fresh';
    return this.segment(this.choose.one(['R', 'R.']), this.seq + off, 0);
  }

  /** Flags that no sane stack sends. */
  protected odd(): string {
    const off = this.choose.weighted([
      [8, 0],
      [2, -1],
      [1, 100],
      [1, FAR],
    ] as const);
    const flags = this.choose.one(['-', 'S.', 'P', 'F', 'SR', 'SF.', 'FR.', 'SFRP.', 'S']);
    return this.segment(flags, this.seq + off, this.choose.one([0, 0, 5]));
  }

  protected icmp(): Step {
    const [type, code] = this.choose.one([
      [3, 0],
      [3, 1],
      [3, 2],
      [3, 3],
      [3, 4],
      [3, 13],
      [11, 0],
      [12, 0],
      [4, 0],
      [5, 1],
    ] as const);
    const seq = this.choose.weighted([
      [8, 0],
      [2, 1],
      [1, -1],
      [1, 500],
    ] as const);
    return { do: 'icmp', port: this.port, type, code, seq };
  }
}
