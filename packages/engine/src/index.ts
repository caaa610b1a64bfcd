// The public face of the engine.

export * from './addr.ts';
export { ERRNO, type Errno, type Failure, fail, OK, ok, type Result } from './errno.ts';
export type { Interface, InterfaceAddr, Route } from './inet/route.ts';
export { InvariantError } from './invariant.ts';
export { Kernel, type KernelOptions } from './kernel.ts';
export { COUNTER_NAMES, type CounterName } from './mib.ts';
export {
  type Behaviour,
  kernelsWith,
  type Lacks,
  linux,
  PROFILE_NAMES,
  type Profile,
  profileSysctls,
} from './profile.ts';
export { type RandomState, randomBelow, randomInt32, randomUnit, seedRandom } from './random.ts';
export type { PortCounts, TcpState } from './sock.ts';
export type { Accepted } from './socket/accept.ts';
export type { SocketInfo } from './socket/sock-diag.ts';
export { SOCK_OPTION_NAMES, type SockOptionName, type SockOptionValue } from './socket/sockopt.ts';
export type * from './socket/types.ts';
export {
  defaultSysctls,
  isSysctl,
  SYSCTLS,
  type SysctlInfo,
  type SysctlName,
  type Sysctls,
  type SysctlValue,
  sysctlSize,
  writeSysctl,
} from './sysctl.ts';
export { POLLERR, POLLHUP, POLLIN, POLLOUT, POLLPRI, POLLRDHUP, POLLRDNORM, POLLWRNORM } from './tcp/emit.ts';
export { TRANSITIONS, type Transition } from './tcp/states.ts';
export type { DropReason, Endpoints, TraceEvent } from './trace/event.ts';
export { copyValue, type Frozen, freezeValue, type KernelSnapshot, thawValue } from './trace/snapshot.ts';
export { DECODE_COUNTERS, type DecodeReason, type DecodeResult, decodePacket } from './wire/decode.ts';
export { encodePacket, packetLength } from './wire/encode.ts';
export { type IcmpErrorFields, icmpError } from './wire/icmp.ts';
export {
  formatFlags,
  formatSegment,
  type Given,
  type ParsedSegment,
  type ParseFailure,
  parseSegment,
  type SequenceBase,
} from './wire/notation.ts';
export * from './wire/packet.ts';
export * from './wire/segment.ts';
