// What every program of the library does first: a socket with its options, bound, listening.

import type { AddressFamily, SockOptionName, SockOptionValue } from '@halfopen/engine';
import type { EchoSpec, OptionSpec, ServerSpec } from './program-spec.ts';
import type { Sys } from './sys.ts';

/** setsockopt() with a number: SO_LINGER takes its seconds. */
export async function setOption(sys: Sys, fd: number, name: string, value: number): Promise<void> {
  if (name === 'SO_LINGER') return sys.setsockopt(fd, 'SO_LINGER', { on: true, seconds: value });
  const option = name as SockOptionName;
  await sys.setsockopt(fd, option, value as SockOptionValue<typeof option>);
}

export async function setOptions(sys: Sys, fd: number, options: readonly OptionSpec[]): Promise<void> {
  for (const { name, value } of options) await setOption(sys, fd, name, value);
}

/** `0.0.0.0` or `::`. */
export const anyAddress = (family: AddressFamily): string => (family === 'AF_INET' ? '0.0.0.0' : '::');

/** socket(), setsockopt(), bind(), listen(). */
export async function listenOn(sys: Sys, spec: ServerSpec | EchoSpec): Promise<number> {
  const fd = await sys.socket(spec.family);
  await setOptions(sys, fd, spec.options);
  await sys.bind(fd, { host: spec.address ?? anyAddress(spec.family), port: spec.port });
  await sys.listen(fd, spec.backlog);
  return fd;
}
