// What a program of the library tells besides its system calls, in the simulator and on the real kernel alike.

import type { RequestRecord } from './result.ts';

/** A request as its program saw it; who and where is added by whoever runs the program. */
export type RequestReport = Omit<RequestRecord, 'host' | 'process'>;

export interface Report {
  request(record: RequestReport): void;
  /** A step did not end as the scenario says: becomes a failed expectation. */
  mismatch(text: string, actual: string): void;
}
