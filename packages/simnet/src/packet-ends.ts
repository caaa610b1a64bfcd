// Where a packet comes from and goes to, in the words of the scenario.

import { formatAddr, type Packet, packetDestination, packetSource } from '@halfopen/engine';

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
