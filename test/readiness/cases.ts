import { CALL_CASES } from './calls.ts';
import type { ReadinessCase } from './case.ts';
import { CONNECT_CASES } from './connect.ts';
import { EPOLL_CASES } from './epoll.ts';
import { SIGNAL_CASES } from './signals.ts';

export const READINESS_CASES: readonly ReadinessCase[] = [
  ...CALL_CASES,
  ...CONNECT_CASES,
  ...EPOLL_CASES,
  ...SIGNAL_CASES,
];
