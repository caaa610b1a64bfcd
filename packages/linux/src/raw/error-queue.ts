// recvmsg(MSG_ERRQUEUE) of the real kernel, read down to what errorText() says.
// Layouts: struct cmsghdr include/linux/socket.h, sock_extended_err include/uapi/linux/errqueue.h v6.18.

import { endianness } from 'node:os';
import { errnoName } from '../libc.ts';
import type { Calls, MessageHeader } from '../target/calls.ts';
import { endpointOf, SOCKADDR_MAX } from '../target/socket-address.ts';
import { errorText } from './poll-text.ts';

const LE = endianness() === 'LE';

const MSG_ERRQUEUE = 0x2000;
const MSG_DONTWAIT = 0x40;
const CONTROL_MAX = 256;
const DATA_MAX = 128;
/** size_t length, int level, int type. */
const CONTROL_HEADER = 16;

/** The oldest error of a socket; the errno when there is none. */
export function readErrorQueue(calls: Calls, fd: number): string {
  const name = new Uint8Array(SOCKADDR_MAX);
  const control = new Uint8Array(CONTROL_MAX);
  const message: MessageHeader = {
    name,
    nameLength: SOCKADDR_MAX,
    buffers: [{ base: new Uint8Array(DATA_MAX), length: DATA_MAX }],
    bufferCount: 1,
    control,
    controlLength: CONTROL_MAX,
    flags: 0,
  };
  if (calls.recvmsg(fd, message, MSG_ERRQUEUE | MSG_DONTWAIT) < 0) return calls.errno();
  const view = new DataView(control.buffer, CONTROL_HEADER);
  const errno = errnoName(view.getUint32(0, LE));
  const [type, code, info] = [view.getUint8(5), view.getUint8(6), view.getUint32(8, LE)];
  return errorText(errno, type, code, info, endpointOf(name).port);
}
