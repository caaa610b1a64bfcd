import { expect, test } from 'vitest';
import { costsOf, type Timings } from './costs.ts';
import { LOOPBACK_STEPS } from './loopback.ts';
import { less, share, type Timing, timingOf } from './timing.ts';

const ns = (n: number): Timing => ({ minNs: n / 2, medianNs: n });

const TIMINGS: Timings = {
  syscall: ns(200),
  loopback: {
    ...(Object.fromEntries(LOOPBACK_STEPS.map((step) => [step, ns(1000)])) as Timings['loopback']),
    recv: ns(900),
    recvEmpty: ns(500),
    shutdown: ns(6000),
  },
  packets: {
    connect: ns(7000),
    send: ns(2600),
    sendHeld: ns(1100),
    ack: ns(1200),
  },
  ports: { established: ns(45), timeWait: ns(130), bound: ns(22) },
  readiness: { poll: ns(430), pollEach: ns(60), epollWait: ns(260), epollReady: ns(120), epollCtl: ns(1200) },
  switches: { pair: ns(2000), wake: ns(900), otherCpuNs: 17_000 },
};

test('a cost is what is left of a call without what has a cost of its own', () => {
  const costs = costsOf(TIMINGS, { hz: 250, locks: false });
  expect(costs).toMatchObject({
    syscall: 200,
    socket: 800,
    recv: 300,
    recvCopy: 400,
    send: 900,
    packetOut: 1500,
    packetIn: 1200,
    // 7000 less 200 for the way in, 1500 for the SYN and 22 for the port.
    connect: 5278,
    shutdown: 6000 - 200 - 1500 - 1200,
    poll: 170,
    pollFd: 60,
    wake: 900,
    switch: 1100,
    idleWake: 17_000,
    tick: 4_000_000,
  });
});

test('what a look at a port costs is the cost with locks on a kernel before 6.15', () => {
  const { probeEstablished, probeTimeWait, lockedProbeEstablished } = costsOf(TIMINGS, {
    hz: 250,
    locks: false,
  });
  expect([probeEstablished, probeTimeWait, lockedProbeEstablished]).toEqual([45, 130, undefined]);
  const old = costsOf(TIMINGS, { hz: 250, locks: true });
  expect([old.lockedProbeEstablished, old.lockedProbeTimeWait, old.probeEstablished]).toEqual([
    45,
    130,
    undefined,
  ]);
});

test('what was not measured is left out, and no cost is below zero', () => {
  const costs = costsOf(
    {
      ...TIMINGS,
      packets: { ...TIMINGS.packets, connect: ns(100) },
      switches: { ...TIMINGS.switches, otherCpuNs: null },
    },
    { hz: null, locks: false },
  );
  expect(costs.connect).toBe(0);
  expect(costs).not.toHaveProperty('idleWake');
  expect(costs).not.toHaveProperty('tick');
  expect(costs).not.toHaveProperty('slice');
});

test('the middle and the least of some samples', () => {
  expect(timingOf([5, 1, 9, 3, 7])).toEqual({ minNs: 1, medianNs: 5 });
  expect(less(ns(10), ns(4))).toEqual(ns(6));
  expect(less(ns(10), 7)).toEqual({ minNs: 0, medianNs: 3 });
  expect(share(ns(10), 2)).toEqual(ns(5));
});
