// errno values as Linux names them. What Linux reports through errno is a value here, never an exception.

/** Linux x86-64 numbers. Source: include/uapi/asm-generic/errno-base.h and errno.h, v6.18. */
export const ERRNO = {
  EPERM: 1,
  ENOENT: 2,
  ESRCH: 3,
  EINTR: 4,
  EBADF: 9,
  EAGAIN: 11,
  ENOMEM: 12,
  EACCES: 13,
  EFAULT: 14,
  EEXIST: 17,
  EINVAL: 22,
  ENFILE: 23,
  EMFILE: 24,
  EPIPE: 32,
  ENOSYS: 38,
  ELOOP: 40,
  ENONET: 64,
  EPROTO: 71,
  ENOTSOCK: 88,
  EDESTADDRREQ: 89,
  EMSGSIZE: 90,
  ENOPROTOOPT: 92,
  EPROTONOSUPPORT: 93,
  ESOCKTNOSUPPORT: 94,
  EOPNOTSUPP: 95,
  EAFNOSUPPORT: 97,
  EADDRINUSE: 98,
  EADDRNOTAVAIL: 99,
  ENETDOWN: 100,
  ENETUNREACH: 101,
  ECONNABORTED: 103,
  ECONNRESET: 104,
  ENOBUFS: 105,
  EISCONN: 106,
  ENOTCONN: 107,
  ETIMEDOUT: 110,
  ECONNREFUSED: 111,
  EHOSTDOWN: 112,
  EHOSTUNREACH: 113,
  EALREADY: 114,
  EINPROGRESS: 115,
} as const;

export type Errno = keyof typeof ERRNO;

/** What a system call gives back: a value, or an errno. */
export type Result<T> = { readonly ok: true; readonly value: T } | Failure;

export interface Failure {
  readonly ok: false;
  readonly errno: Errno;
}

const failures = new Map<Errno, Failure>(
  (Object.keys(ERRNO) as Errno[]).map((errno) => [errno, Object.freeze({ ok: false, errno })]),
);

/** The one frozen failure record of an errno, so that a failing call on a hot path allocates nothing. */
export const fail = (errno: Errno): Failure => failures.get(errno) as Failure;

export const ok = <T>(value: T): Result<T> => ({ ok: true, value });

/** Success without a value (`return 0` in C). */
export const OK: Result<0> = Object.freeze({ ok: true, value: 0 });
