// Poll bits as text. Source of the numbers: include/uapi/asm-generic/poll.h v6.18.

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

/** `IN,OUT,WRNORM`, or `-` when no bit is set. */
export const pollText = (mask: number): string =>
  BITS.filter(([, bit]) => (mask & bit) !== 0)
    .map(([name]) => name)
    .join(',') || '-';
