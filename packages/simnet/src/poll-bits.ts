// poll(2) and epoll(7) bits by name. Source: include/uapi/asm-generic/poll.h, include/uapi/linux/eventpoll.h v6.18.

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

export const EPOLL_BITS = {
  EPOLLIN: 0x001,
  EPOLLPRI: 0x002,
  EPOLLOUT: 0x004,
  EPOLLERR: 0x008,
  EPOLLHUP: 0x010,
  EPOLLRDNORM: 0x040,
  EPOLLWRNORM: 0x100,
  EPOLLRDHUP: 0x2000,
  EPOLLEXCLUSIVE: 0x1000_0000,
  EPOLLONESHOT: 0x4000_0000,
  EPOLLET: 0x8000_0000 | 0,
} as const;

/** Bits that say how to report, not what. @kernel EP_PRIVATE_BITS fs/eventpoll.c v6.18 */
export const EPOLL_PRIVATE = EPOLL_BITS.EPOLLEXCLUSIVE | EPOLL_BITS.EPOLLONESHOT | EPOLL_BITS.EPOLLET;

const format = (bits: { readonly [name: string]: number }, mask: number): string => {
  const names = Object.entries(bits).filter(([, bit]) => (mask & bit) !== 0);
  return names.length === 0 ? '0' : names.map(([name]) => name).join('|');
};

/** `POLLIN|POLLHUP`, or `0`. */
export const formatPollMask = (mask: number): string => format(POLL_BITS, mask);

/** `EPOLLIN|EPOLLET`, or `0`. */
export const formatEpollMask = (mask: number): string => format(EPOLL_BITS, mask);
