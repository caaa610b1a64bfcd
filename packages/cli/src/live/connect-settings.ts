// The words of `halfopen live --connect`: where to, and what to ask there.

import { type Addr, formatAddr, isAny, isLoopback, isV4, parseAddr } from '@halfopen/engine';
import type { LiveMessages } from './messages.ts';
import { Refusal } from './refusal.ts';

export interface ConnectSettings {
  readonly to: Addr;
  readonly port: number;
  readonly http: { readonly path: string; readonly host: string } | null;
  readonly send: Uint8Array | null;
}

export interface Target {
  readonly to: Addr;
  readonly port: number;
}

/** `10.80.0.1:80` or `[fd80::1]:80`. */
export function readTarget(text: string, m: LiveMessages): Target {
  const [, v6, v4, port] = /^(?:\[([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text) ?? [];
  const to = parseAddr(v6 ?? v4 ?? '');
  const portNumber = Number(port);
  if (port === undefined || portNumber < 1 || portNumber > 65_535) throw new Refusal(m.badConnect(text));
  if (to === null) throw new Refusal(m.badConnect(text), m.nameForAddress);
  return { to, port: portNumber };
}

/** Packets to 127.0.0.1 never leave the engine, and the host would not take them from a device. */
export function refuseLoopback(text: string, to: Addr, m: LiveMessages): void {
  if (!isLoopback(to) && !isAny(to)) return;
  const hostSide = isV4(to) ? '10.80.0.1' : 'fd80::1';
  throw new Refusal(m.loopback(text), m.useHostSide(hostSide));
}

/** What `--http` and `--send` say; both are undefined when neither was given. */
export interface RequestArgs {
  readonly http: string | undefined;
  readonly send: string | undefined;
}

export function readConnect(
  { http, send }: RequestArgs,
  { to, port }: Target,
  m: LiveMessages,
): ConnectSettings {
  if (http !== undefined && !/^\/[!-~]*$/.test(http)) throw new Refusal(m.badPath(http));
  const name = isV4(to) ? formatAddr(to) : `[${formatAddr(to)}]`;
  const host = port === 80 ? name : `${name}:${port}`;
  return {
    to,
    port,
    http: http === undefined ? null : { path: http, host },
    send: send === undefined ? null : new TextEncoder().encode(unescaped(send)),
  };
}

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };

const unescaped = (text: string): string =>
  text.replace(/\\([nrt\\])/g, (_, c: string) => ESCAPES[c] as string);
