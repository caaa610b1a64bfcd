// One connection of a server program, apart from the sockets: bytes go in, bytes come out. The server loop
// (`serve.ts`) moves them; it reads no more while output waits, so a slow reader slows its own requests only.

export interface Conversation {
  /** Takes what arrived; an empty array is the peer's end of file. */
  receive(data: Uint8Array): void;
  /** Bytes to send next, or null when there are none now. The same until `sent()` moves on. */
  output(): Uint8Array | null;
  /** The first `count` bytes of `output()` are gone. */
  sent(count: number): void;
  /** True when the server should close once `output()` is null. */
  readonly finished: boolean;
}

/** A queue of byte pieces with a read position, the output side of a conversation. */
export class OutputQueue {
  private readonly pieces: Uint8Array[] = [];

  push(piece: Uint8Array): void {
    if (piece.length > 0) this.pieces.push(piece);
  }

  get empty(): boolean {
    return this.pieces.length === 0;
  }

  first(): Uint8Array | null {
    return this.pieces[0] ?? null;
  }

  take(count: number): void {
    const [piece] = this.pieces;
    if (piece === undefined || count > piece.length)
      throw new RangeError(`${count} bytes sent that were not offered`);
    if (count === piece.length) this.pieces.shift();
    else this.pieces[0] = piece.subarray(count);
  }
}
