// The echo service (RFC 862): what comes in goes out; the connection ends when the peer ends its side.

import { type Conversation, OutputQueue } from './conversation.ts';

export class EchoConversation implements Conversation {
  private readonly queue = new OutputQueue();
  finished = false;

  receive(data: Uint8Array): void {
    if (data.length === 0) this.finished = true;
    this.queue.push(data);
  }

  output(): Uint8Array | null {
    return this.queue.first();
  }

  sent(count: number): void {
    this.queue.take(count);
  }
}
