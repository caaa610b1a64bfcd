// What `halfopen calibrate` says, in English.

import type { CalibrationStep } from '@halfopen/linux';

const STEPS: Readonly<Record<CalibrationStep, string>> = {
  switches: 'two threads that take turns',
  calls: 'sockets from socket() to close()',
  readiness: 'poll() and epoll_wait()',
  packets: 'packets through a device',
  ports: 'connect() in a range without a free port',
};

export const calibrateEn = {
  summary: 'Measure what system calls, packets and switches cost on this machine',
  ofOut: 'Also write the profile to this file, for run --costs',
  ofJson: 'The profile as JSON instead of text',
  notes: [
    'Needs Linux and the right to make a network namespace: root, or unshare -Urn halfopen calibrate. Takes a few seconds ' +
      'and leaves nothing behind. A quiet machine gives better numbers.',
  ] as readonly string[],
  progress: (step: CalibrationStep) => `measuring: ${STEPS[step]}`,
  head: (machine: string) => `CPU time on this machine: ${machine}`,
  columns: ['cost', 'here', 'default'] as readonly [string, string, string],
  kept: 'Costs without a number of this machine are not measured; they stay as in the default profile.',
  written: (file: string) => `written to ${file}`,
  next: 'What to try next',
  nextCommand: (file: string) => `halfopen run redis-port-exhaustion --costs ${file}`,
  nextOut: 'halfopen calibrate --out costs.json',
  cannotWrite: (file: string, why: string) => `cannot write ${file}: ${why}`,
};

export type CalibrateMessages = typeof calibrateEn;
