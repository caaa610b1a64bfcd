// The programs that a live run offers, put together from their parts: `http` and `echo` servers, and the client.

import { type Addr, formatAddr, isV4 } from '@halfopen/engine';
import type { Program } from '@halfopen/simnet';
import type { LiveSession } from './live.ts';
import { type ClientResult, client } from './programs/client.ts';
import { EchoConversation } from './programs/echo.ts';
import { HttpConversation } from './programs/http.ts';
import { HttpResponse } from './programs/http-response.ts';
import { serve } from './programs/serve.ts';

export const LIVE_PROGRAMS = ['http', 'echo'] as const;
export type LiveProgramName = (typeof LIVE_PROGRAMS)[number];

export interface ServerOptions {
  readonly program: LiveProgramName;
  readonly port: number;
  /** As given to listen(). */
  readonly backlog: number;
  /** See `ServeOptions.stallNs`; 0 accepts at once. */
  readonly stallNs: number;
}

/** One listener for all addresses of the session: `::`, which also takes IPv4, or 0.0.0.0 when there is no IPv6. */
export function serverProgram(session: LiveSession, options: ServerOptions): Program {
  const v6 = session.plan.some(({ engine }) => !isV4(engine));
  const at = { host: v6 ? '::' : '0.0.0.0', port: options.port };
  const { backlog, stallNs, program } = options;
  const onListening = (effective: number): void => {
    session.tell({ event: 'listening', program, port: options.port, backlog: effective });
  };
  const page = `This page came from halfopen, Linux's TCP connection layer as a program.\n/bytes/N serves N bytes.\n`;
  const effective = Math.min(backlog, session.time.kernel.sysctl('net.core.somaxconn'));
  return serve(
    { family: v6 ? 'AF_INET6' : 'AF_INET', at, backlog, stallNs, onListening: () => onListening(effective) },
    (peer) =>
      program === 'echo'
        ? new EchoConversation()
        : new HttpConversation({
            page,
            onAnswer: (answer) => session.tell({ event: 'http', remote: textOf(peer), ...answer }),
          }),
  );
}

const textOf = ({ host, port }: { readonly host: string; readonly port: number }): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

export interface ConnectOptions {
  readonly to: Addr;
  readonly port: number;
  /** `--http PATH`: a GET request, whose body goes to `onBody`. Else the bytes of `send`, and what comes back. */
  readonly http: { readonly path: string; readonly host: string } | null;
  readonly send: Uint8Array | null;
  readonly onBody: (data: Uint8Array) => void;
}

/** How a connection went; `ok` when nothing failed and an HTTP answer was whole and no error. */
export interface ConnectOutcome {
  readonly ok: boolean;
  readonly result: ClientResult;
  /** Null without `http`, or when what came was no HTTP. */
  readonly status: number | null;
  /** Bytes of the HTTP body, or of everything without `http`. */
  readonly bodyBytes: number;
  /** Content-Length, when the server gave one. */
  readonly expectedBytes: number | null;
}

/** Connects, sends, reads to the end. Rejects only for a bug; what the network does is in the outcome. */
export async function connectTo(session: LiveSession, options: ConnectOptions): Promise<ConnectOutcome> {
  const { http, onBody } = options;
  const response = http === null ? null : new HttpResponse(onBody);
  let outcome: ConnectOutcome | undefined;
  const finish = (result: ClientResult): void => {
    const ok =
      result.failed === null && (response === null || (response.complete && (response.status ?? 0) < 400));
    const bodyBytes = response?.bodyBytes ?? result.receivedBytes;
    outcome = {
      ok,
      result,
      status: response?.status ?? null,
      bodyBytes,
      expectedBytes: response?.contentLength ?? null,
    };
  };
  const clientOptions = {
    family: isV4(options.to) ? 'AF_INET' : 'AF_INET6',
    to: { host: formatAddr(options.to), port: options.port },
    request: requestOf(options),
    after: http !== null ? 'read' : options.send !== null ? 'half-close' : 'close',
    onData: (data: Uint8Array) => (response === null ? onBody(data) : response.receive(data)),
  } as const;
  await session.run(client(clientOptions, finish));
  if (outcome === undefined) throw new Error('the client ended without a result');
  session.tell({ event: 'result', ...outcome });
  return outcome;
}

/** HTTP/1.0, so that the answer is not chunked and the server closes when it is over. */
function requestOf({ http, send }: ConnectOptions): Uint8Array {
  if (http === null) return send ?? new Uint8Array(0);
  return new TextEncoder().encode(
    `GET ${http.path} HTTP/1.0\r\nHost: ${http.host}\r\nUser-Agent: halfopen\r\nAccept: */*\r\n\r\n`,
  );
}
