// The server loop: one process, one poll(2) over the listener and every connection, as nginx or redis do it. The accept
// side can be made to stall, which is what fills an accept queue in production.

import type { Endpoint, Program, Sys } from '@halfopen/simnet';
import { SysError } from '@halfopen/simnet';
import type { Conversation } from './conversation.ts';

// poll(2) bits, include/uapi/asm-generic/poll.h
const POLLIN = 0x1;
const POLLOUT = 0x4;
const POLLERR = 0x8;
const POLLHUP = 0x10;

/** Bytes asked of one recv(). */
const RECEIVE_MAX = 65_536;

export interface ServeOptions {
  readonly family: 'AF_INET' | 'AF_INET6';
  readonly at: Endpoint;
  readonly backlog: number;
  /**
   * When the listener becomes readable after a rest, the loop accepts nothing for this long, then takes everything
   * that waits, and rests again. Connections already accepted are served all the while. 0: accept at once. ns.
   */
  readonly stallNs: number;
  /** Called once the listener is ready. */
  readonly onListening?: () => void;
}

/** A server whose connections are `Conversation`s. */
export const serve = (options: ServeOptions, start: (peer: Endpoint) => Conversation): Program => {
  return async (sys) => {
    const listener = await openListener(sys, options);
    options.onListening?.();
    await new ServerLoop(sys, listener, options.stallNs, start).run();
  };
};

async function openListener(sys: Sys, { family, at, backlog }: ServeOptions): Promise<number> {
  const fd = await sys.socket(family, { nonblock: true });
  await sys.setsockopt(fd, 'SO_REUSEADDR', 1);
  await sys.bind(fd, at);
  await sys.listen(fd, backlog);
  return fd;
}

class ServerLoop {
  private readonly sys: Sys;
  private readonly listener: number;
  private readonly stallNs: number;
  private readonly start: (peer: Endpoint) => Conversation;
  private readonly open = new Map<number, Conversation>();
  /** Until when nothing is accepted, ns; null while the loop rests. */
  private stallEndNs: number | null = null;

  constructor(sys: Sys, listener: number, stallNs: number, start: (peer: Endpoint) => Conversation) {
    this.sys = sys;
    this.listener = listener;
    this.stallNs = stallNs;
    this.start = start;
  }

  async run(): Promise<never> {
    for (;;) {
      const listening = this.stallEndNs === null;
      const requests = [...this.open].map(([fd, c]) => ({
        fd,
        events: c.output() === null ? POLLIN : POLLOUT,
      }));
      if (listening) requests.push({ fd: this.listener, events: POLLIN });
      const masks = await this.sys.poll(requests, listening ? Number.POSITIVE_INFINITY : this.stallLeftNs());
      for (const [i, { fd }] of requests.entries()) {
        const mask = masks[i] as number;
        if (mask === 0) continue;
        if (fd === this.listener) await this.arrived();
        else await this.serveOne(fd, mask);
      }
      if (this.stallEndNs !== null && this.stallLeftNs() === 0) await this.acceptAll();
    }
  }

  private stallLeftNs(): number {
    return Math.max(0, (this.stallEndNs ?? 0) - this.sys.now());
  }

  private async arrived(): Promise<void> {
    if (this.stallNs === 0) return this.acceptAll();
    this.stallEndNs = this.sys.now() + this.stallNs;
    this.sys.log(`accept loop stalls for ${this.stallNs / 1e6} ms`);
  }

  private async acceptAll(): Promise<void> {
    this.stallEndNs = null;
    for (;;) {
      const accepted = await unlessErrno(this.sys.accept(this.listener, { nonblock: true }), 'EAGAIN');
      if (accepted === undefined) return;
      this.open.set(accepted.fd, this.start(accepted.peer));
    }
  }

  private async serveOne(fd: number, mask: number): Promise<void> {
    const conversation = this.open.get(fd) as Conversation;
    try {
      if ((mask & (POLLIN | POLLHUP | POLLERR)) !== 0 && conversation.output() === null) {
        conversation.receive(await this.sys.recv(fd, RECEIVE_MAX));
      }
      await this.sendWhatFits(fd, conversation);
      if (conversation.finished && conversation.output() === null) await this.end(fd);
    } catch (error) {
      // ECONNRESET, EPIPE, ETIMEDOUT: that connection is over, the server is not.
      if (!(error instanceof SysError)) throw error;
      if (error.code !== 'EAGAIN') await this.end(fd);
    }
  }

  private async sendWhatFits(fd: number, conversation: Conversation): Promise<void> {
    for (let piece = conversation.output(); piece !== null; piece = conversation.output()) {
      const sent = await unlessErrno(this.sys.send(fd, piece), 'EAGAIN');
      if (sent === undefined) return;
      conversation.sent(sent);
    }
  }

  private async end(fd: number): Promise<void> {
    this.open.delete(fd);
    await this.sys.close(fd);
  }
}

/** The value, or undefined when the call failed with `errno`. */
async function unlessErrno<T>(call: Promise<T>, errno: string): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof SysError && error.code === errno) return undefined;
    throw error;
  }
}
