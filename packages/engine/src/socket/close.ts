// close(2). Never blocks: SO_LINGER with a timeout is a wait of the task, which the owner models by watching the state.

import type { Result } from '../errno.ts';
import type { Netns } from '../tcp/netns.ts';
import { releaseFd, taskOf } from './fd-table.ts';

/** Closes a descriptor, and the connection with its last descriptor: EBADF. @kernel inet_release net/ipv4/af_inet.c v6.18 */
export function close(net: Netns, task: number, fd: number): Result<0> {
  return releaseFd(net, taskOf(net, task), fd);
}
