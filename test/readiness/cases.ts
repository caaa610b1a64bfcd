import type { ReadinessCase } from './case.ts';
import { EPOLL_CASES } from './epoll.ts';

export const READINESS_CASES: readonly ReadinessCase[] = [...EPOLL_CASES];
