import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Raw } from '../../test-kit/raw.ts';
import { Kernel } from '../kernel.ts';
import { copyValue, freezeValue, thawValue } from './snapshot.ts';

describe('freezing plain data', () => {
  const data = fc.letrec((tie) => ({
    any: fc.oneof(
      { depthSize: 'small' },
      fc.constant(null),
      fc.boolean(),
      fc.string(),
      fc.double(),
      tie('list'),
      tie('record'),
      tie('map'),
      tie('set'),
      tie('typed'),
    ),
    list: fc.array(tie('any'), { maxLength: 4 }),
    record: fc.dictionary(fc.stringMatching(/^[a-z]{1,4}$/), tie('any'), {
      maxKeys: 4,
      noNullPrototype: true,
    }),
    map: fc.array(fc.tuple(fc.integer(), tie('any')), { maxLength: 4 }).map((pairs) => new Map(pairs)),
    set: fc.array(fc.integer(), { maxLength: 4 }).map((list) => new Set(list)),
    typed: fc.oneof(
      fc.array(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })).map((list) => Int32Array.from(list)),
      fc.uint8Array(),
      fc.array(fc.integer()).map((list) => Float64Array.from(list)),
    ),
  })).any;

  it('thaws to an equal value, through JSON text, and copies to an independent one', () => {
    fc.assert(
      fc.property(data, (value) => {
        expect(thawValue(JSON.parse(JSON.stringify(freezeValue(value))))).toEqual(value);
        expect(copyValue(value)).toEqual(value);
      }),
    );
  });

  it('refuses a function: state holds none', () => {
    expect(() => freezeValue({ run: () => 1 })).toThrow('state holds a function');
  });
});

describe('a kernel restored at any event goes on as the other did', () => {
  /** What the peer and the process do: times are ms after the step before. */
  const step = fc.record({
    wait: fc.constantFrom(0, 1, 40, 300, 1000, 7000),
    port: fc.integer({ min: 1, max: 4 }),
    act: fc.constantFrom('syn', 'syn+', 'ack', 'data', 'fin', 'rst', 'accept', 'close', 'write'),
  });

  function perform(raw: Raw, fds: number[], s: { port: number; act: string }): string[] {
    switch (s.act) {
      case 'syn':
        return raw.syn(s.port);
      case 'syn+':
        return raw.syn(s.port, true);
      case 'ack':
        return raw.ack(s.port);
      case 'data':
        return raw.data(s.port);
      case 'fin':
        return raw.send(s.port, 'F. 1001:1001(0) ack 1 win 65535');
      case 'rst':
        return raw.send(s.port, 'R 1001:1001(0) win 0');
      case 'accept': {
        const fd = raw.accept();
        if (typeof fd === 'number') fds.push(fd);
        return [String(fd)];
      }
      case 'write': {
        const fd = fds.at(-1);
        return fd === undefined ? [] : [JSON.stringify(raw.kernel.send(raw.task, fd, new Uint8Array(3000)))];
      }
      default: {
        const fd = fds.pop();
        return fd === undefined ? [] : [JSON.stringify(raw.kernel.close(raw.task, fd))];
      }
    }
  }

  it('same answers, same segments at the same times, same state', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 25 }), fc.nat(25), fc.boolean(), (steps, cut, text) => {
        const run = (restoreAt: number): string[] => {
          const raw = new Raw({ backlog: 1 });
          const fds: number[] = [];
          const log: string[] = [];
          let now = 0;
          for (const [i, s] of steps.entries()) {
            if (i === restoreAt) {
              const snapshot = raw.kernel.snapshot();
              raw.kernel = Kernel.restore(text ? JSON.parse(JSON.stringify(snapshot)) : snapshot);
            }
            now += s.wait / 1000;
            log.push(...raw.until(now).map((line) => line.join(' ')), ...perform(raw, fds, s));
          }
          log.push(
            ...raw.until(now + 200).map((line) => line.join(' ')),
            JSON.stringify([...raw.kernel.counters()]),
          );
          return [...log, JSON.stringify(raw.kernel.snapshot())];
        };
        expect(run(cut)).toEqual(run(-1));
      }),
      { numRuns: 60 },
    );
  });

  it('fork() is independent', () => {
    const raw = new Raw();
    raw.syn(1);
    const fork = raw.kernel.fork();
    raw.ack(1);
    expect(fork.sockets().map((row) => row.state)).toContain('SYN-RECV');
    expect(JSON.stringify(fork.snapshot())).not.toBe(JSON.stringify(raw.kernel.snapshot()));
  });
});
