// Where a packet comes from and goes to, in the words of the scenario.

import { formatAddr, isV4Segment, type Packet, packetDestination, packetSource } from '@halfopen/engine';

export interface PacketEnds {
  /** Host names; the address for one that is on no host. */
  readonly from: string;
  readonly to: string;
  /** Addresses as text. */
  readonly source: string;
  readonly destination: string;
}

/** Host names by address text. */
export type AddressBook = ReadonlyMap<string, string>;

export function endsOfPacket(book: AddressBook, packet: Packet): PacketEnds {
  const source = formatAddr(packetSource(packet));
  const destination = formatAddr(packetDestination(packet));
  return { from: book.get(source) ?? source, to: book.get(destination) ?? destination, source, destination };
}

/** The ends of packets between hosts, each written once: text for every packet is a tenth of a run at volume. */
export class KnownEnds {
  private readonly book: AddressBook;
  /** By the last word of source and destination, for IPv4 addresses of the book. */
  private readonly known = new Map<number, Map<number, PacketEnds>>();

  constructor(book: AddressBook) {
    this.book = book;
  }

  of(packet: Packet): PacketEnds {
    if (packet.kind !== 'tcp' || !isV4Segment(packet)) return endsOfPacket(this.book, packet);
    return this.known.get(packet.s3)?.get(packet.d3) ?? this.remember(packet);
  }

  private remember(packet: Packet & { readonly kind: 'tcp' }): PacketEnds {
    const ends = endsOfPacket(this.book, packet);
    // Spoofed sources are without number.
    if (!this.book.has(ends.source) || !this.book.has(ends.destination)) return ends;
    const row = this.known.get(packet.s3) ?? new Map<number, PacketEnds>();
    this.known.set(packet.s3, row.set(packet.d3, ends));
    return ends;
  }
}
