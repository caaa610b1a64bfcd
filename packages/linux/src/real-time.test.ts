// Real time without waiting: Vitest's fake timers, and a clock that the test moves.
import { type Interface, Kernel, linux, type Packet, type Profile, parseAddr } from '@halfopen/engine';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { RealTime } from './real-time.ts';

const device: Interface = {
  name: 'tun0',
  mtu: 1500,
  up: true,
  addrs: [{ addr: parseAddr('10.0.0.2')!, prefixLen: 24 }],
};

function setUp(): { time: RealTime; sent: { atMs: number; flags: number }[]; move: (ms: number) => void } {
  let nowNs = 0;
  const sent: { atMs: number; flags: number }[] = [];
  const kernel = Kernel.create({ profile: linux('6.18') as Profile, seed: 1, interfaces: [device] });
  const transmit = (p: Packet): void =>
    void (p.kind === 'tcp' && sent.push({ atMs: nowNs / 1e6, flags: p.flags }));
  const time = new RealTime(kernel, { drainDevice: () => {}, transmit, onTrace: () => {} }, () => nowNs);
  return {
    time,
    sent,
    move: (ms) => {
      nowNs += ms * 1e6;
      vi.advanceTimersByTime(ms);
    },
  };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function connect(time: RealTime): void {
  time.enter((k) => {
    const task = k.createTask();
    const fd = k.socket(task, 'AF_INET');
    if (!fd.ok) throw new Error(fd.errno);
    k.connect(task, fd.value, { family: 'AF_INET', address: parseAddr('10.0.0.1')!, port: 80 });
  });
  time.arm();
}

describe('real time', () => {
  it('resends a SYN when the clock says so', () => {
    const { time, sent, move } = setUp();
    connect(time);
    expect(sent.length).toBe(1);
    move(999);
    expect(sent.length).toBe(1);
    move(2);
    expect(sent.map((s) => Math.round(s.atMs / 1000))).toEqual([0, 1]);
  });

  it('never rings early, though its timer fires early', () => {
    let nowNs = 0;
    const time = new RealTime(
      Kernel.create({ profile: linux('6.18') as Profile, seed: 1 }),
      { drainDevice: () => {}, transmit: () => {}, onTrace: () => {} },
      () => nowNs,
    );
    const rang: number[] = [];
    time.alarm(10e6, () => rang.push(nowNs));
    nowNs = 9.2e6;
    vi.advanceTimersByTime(10);
    expect(rang).toEqual([]);
    nowNs = 10.1e6;
    vi.advanceTimersByTime(1);
    expect(rang).toEqual([10.1e6]);
  });

  it('fires nothing once it was stopped', () => {
    const { time, sent, move } = setUp();
    connect(time);
    time.stop();
    move(10_000);
    expect(sent.length).toBe(1);
  });

  it('wakes the sleepers of a socket until they leave', () => {
    const { time, move } = setUp();
    let wakes = 0;
    const sleep = (): (() => void) =>
      time.sleep({ socks: [1], masks: [0], exclusive: false, onSignal: 'sleep' }, () => {
        wakes++;
      });
    sleep();
    sleep()();
    connect(time);
    expect(wakes).toBe(0);
    move(200_000);
    expect(wakes).toBe(1);
    time.stop();
  });
});
