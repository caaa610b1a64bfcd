// What polling and the error queue tell, as text. Source of the numbers: include/uapi/asm-generic/poll.h v6.18.

/** Names in the order of printing. */
const BITS: readonly (readonly [string, number])[] = [
  ['IN', 0x001],
  ['PRI', 0x002],
  ['OUT', 0x004],
  ['ERR', 0x008],
  ['HUP', 0x010],
  ['NVAL', 0x020],
  ['RDNORM', 0x040],
  ['RDBAND', 0x080],
  ['WRNORM', 0x100],
  ['RDHUP', 0x2000],
];

/** What poll() is asked for: all of them but those that it always reports. */
export const POLL_ALL = 0x001 | 0x002 | 0x004 | 0x040 | 0x080 | 0x100 | 0x2000;

/** Which poll bits make a descriptor ready for select(). @kernel POLLIN_SET, POLLOUT_SET, POLLEX_SET fs/select.c v6.18 */
const SELECT_SETS: readonly (readonly [string, number])[] = [
  ['r', 0x040 | 0x080 | 0x001 | 0x010 | 0x008],
  ['w', 0x200 | 0x100 | 0x004 | 0x008],
  ['x', 0x002],
];

/** What select() finds ready: `r`, `w`, `x`, or `-`. */
export const selectText = (mask: number): string =>
  SELECT_SETS.filter(([, set]) => (mask & set) !== 0)
    .map(([name]) => name)
    .join('') || '-';

/** `IN,OUT,WRNORM`, or `-` when no bit is set. */
export const pollText = (mask: number): string =>
  BITS.filter(([, bit]) => (mask & bit) !== 0)
    .map(([name]) => name)
    .join(',') || '-';

/** One entry of the error queue. */
export const errorText = (errno: string, type: number, code: number, info: number, port: number): string =>
  `${errno} icmp ${type}/${code} info ${info} to ${port}`;
