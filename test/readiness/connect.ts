// Blocking connect(): how long it waits, and what it says when it is asked again. The first SYN of each case is lost, so
// that the answer comes with the second, a second later.

import { connectTo, HOLD, pair, type ReadinessCase, type Step } from './case.ts';

const SHEET = 'client sheet 1.3';

const option = (name: string, value: unknown): Step => ({ setsockopt: { fd: 'c', name, value } });
const connect = (errno?: string, to: object = connectTo): Step => ({
  connect: { fd: 'c', ...to, ...(errno === undefined ? {} : { errno }) },
});
const writable = (...expect: readonly string[]): Step => ({
  poll: { fd: 'c', events: ['POLLOUT'], timeout: '1500ms', expect },
});
const closedPort = { to: 'server:81' };

function late(name: string, client: readonly Step[]): ReadinessCase {
  const made = pair(name, SHEET, [HOLD], [{ socket: 'c' }, ...client], { duration: '2500ms' });
  const faults = [{ drop: 'syn', from: 'client', to: 'server', first: 1, text: 'the first SYN' }];
  return { ...made, document: { ...made.document, faults } };
}

export const CONNECT_CASES: readonly ReadinessCase[] = [
  late('SO_SNDTIMEO ends connect() with EINPROGRESS, then EALREADY; the attempt goes on', [
    option('SO_SNDTIMEO', '100ms'),
    connect('EINPROGRESS'),
    connect('EALREADY'),
    { poll: { fd: 'c', events: ['POLLOUT'], timeout: '0s', expect: [] } },
    writable('POLLOUT'),
    connect(),
    connect('EISCONN'),
  ]),
  late('an attempt that SO_SNDTIMEO left is refused later', [
    option('SO_SNDTIMEO', '100ms'),
    connect('EINPROGRESS', closedPort),
    writable('POLLOUT', 'POLLERR', 'POLLHUP'),
    connect('ECONNREFUSED', closedPort),
  ]),
  late('SO_SNDTIMEO that is long enough does not show', [
    option('SO_SNDTIMEO', '1800ms'),
    connect(),
    connect('EISCONN'),
  ]),
  late('SO_RCVTIMEO is nothing to connect()', [
    option('SO_RCVTIMEO', '100ms'),
    connect(),
    connect('EISCONN'),
  ]),
  late('a blocking connect() gives the errno of the refusal', [connect('ECONNREFUSED', closedPort)]),
];
