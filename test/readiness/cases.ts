import { CALL_CASES } from './calls.ts';
import type { ReadinessCase } from './case.ts';
import { EPOLL_CASES } from './epoll.ts';

export const READINESS_CASES: readonly ReadinessCase[] = [...CALL_CASES, ...EPOLL_CASES];
