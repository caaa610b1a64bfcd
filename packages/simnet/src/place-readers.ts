// Readers of addresses, ports and `host:port`.

import { isV4, parseAddr } from '@halfopen/engine';
import { integer, meant, type Reader, text } from './readers.ts';
import type { AddressSpec } from './scenario.ts';
import { refuse, type ScenarioPath } from './scenario-error.ts';

export const port = integer(1, 65535, 'a port');
export const portOrZero = integer(0, 65535, 'a port');

/** The address family as `4` or `6`. */
export const family: Reader<'AF_INET' | 'AF_INET6'> = (value, path) => {
  if (value === 4 || value === 'AF_INET') return 'AF_INET';
  if (value === 6 || value === 'AF_INET6') return 'AF_INET6';
  return refuse(path, '4 or 6', value);
};

export const address: Reader<string> = (value, path) =>
  parseAddr(text(value, path)) === null ? refuse(path, 'an IPv4 or IPv6 address', value) : (value as string);

/** Host names are short words, so that they fit a ladder and never look like an address. */
export function checkName(value: string, path: ScenarioPath, what: string): string {
  if (/^[A-Za-z][\w-]{0,30}$/.test(value)) return value;
  return refuse(path, `${what}: a letter, then letters, digits, - or _ (31 at most)`, value);
}

/** Address with an optional prefix length; without one, /24 or /64. */
export const addressWithPrefix: Reader<AddressSpec> = (value, path) => {
  const expected = 'an address such as 10.0.0.1/24 or 2001:db8::1/64';
  const match = /^([^/]+)(?:\/(\d{1,3}))?$/.exec(text(value, path));
  const parsed = match === null ? null : parseAddr(match[1] as string);
  if (match === null || parsed === null) return refuse(path, expected, value);
  const most = isV4(parsed) ? 32 : 128;
  const prefix = match[2] === undefined ? (isV4(parsed) ? 24 : 64) : Number(match[2]);
  return prefix <= most ? { address: match[1] as string, prefix } : refuse(path, expected, value);
};

/** A host name or an address, and a port or null. */
export interface Place {
  readonly host: string;
  readonly port: number | null;
}

/** Splits `server:80`, `10.0.0.1`, `[2001:db8::1]:80`; null when it is none of these. */
export function parsePlace(value: string): Place | null {
  const match = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(value) ?? /^([^:\s]+)(?::(\d{1,5}))?$/.exec(value);
  if (match === null) return parseAddr(value) === null ? null : { host: value, port: null };
  const number = match[2] === undefined ? null : Number(match[2]);
  return number === null || number <= 65535 ? { host: match[1] as string, port: number } : null;
}

/** A host of the scenario or an address, with or without a port. */
export const place =
  (hosts: readonly string[]): Reader<Place> =>
  (value, path) => {
    const expected = 'a host or address, and a port, such as server:80 or 203.0.113.1:1024';
    const found = parsePlace(text(value, path));
    if (found === null) return refuse(path, expected, value);
    if (hosts.includes(found.host) || parseAddr(found.host) !== null) return found;
    return refuse(
      path,
      `a host of the scenario (${hosts.join(', ')}) or an address`,
      value,
      meant(found.host, hosts),
    );
  };

/** The same, where the port may not be left out. */
export const endpoint =
  (hosts: readonly string[]): Reader<{ host: string; port: number }> =>
  (value, path) => {
    const found = place(hosts)(value, path);
    if (found.port === null) return refuse(path, 'a port too, such as server:80', value);
    return { host: found.host, port: found.port };
  };

/** The name of a host of the scenario. */
export const hostName =
  (hosts: readonly string[]): Reader<string> =>
  (value, path) => {
    const name = text(value, path);
    return hosts.includes(name)
      ? name
      : refuse(path, `one of the hosts ${hosts.join(', ')}`, value, meant(name, hosts));
  };
