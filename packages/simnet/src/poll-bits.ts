// poll(2) bits by name. Source: include/uapi/asm-generic/poll.h v6.18.

export const POLL_BITS = {
  POLLIN: 0x001,
  POLLPRI: 0x002,
  POLLOUT: 0x004,
  POLLERR: 0x008,
  POLLHUP: 0x010,
  POLLNVAL: 0x020,
  POLLRDNORM: 0x040,
  POLLWRNORM: 0x100,
  POLLRDHUP: 0x2000,
} as const;

/** `POLLIN|POLLHUP`, or `0`. */
export function formatPollMask(mask: number): string {
  const names = Object.entries(POLL_BITS).filter(([, bit]) => (mask & bit) !== 0);
  return names.length === 0 ? '0' : names.map(([name]) => name).join('|');
}
