import { expect, it } from 'vitest';
import { countersSince, knownMoves, parseCounters, valueLines, withValues } from './proc-counters.ts';

const snmp = (opens: number, established: number): string =>
  `Ip: Forwarding DefaultTTL InReceives\nIp: 2 64 ${opens}\nTcp: RtoMin ActiveOpens CurrEstab\nTcp: 200 ${opens} ${established}\n`;

it('names counters as nstat does and leaves settings out', () => {
  expect(Object.fromEntries(parseCounters(snmp(3, 1)))).toEqual({
    IpInReceives: 3,
    TcpActiveOpens: 3,
    TcpCurrEstab: 1,
  });
});

it('takes the difference of counters and the value of the gauge', () => {
  const [before, after] = [parseCounters(snmp(3, 2)), parseCounters(snmp(5, 2))];
  expect(countersSince(before, after)).toEqual({ IpInReceives: 2, TcpActiveOpens: 2, TcpCurrEstab: 2 });
});

it('can be limited to the counters that the engine has', () => {
  expect(knownMoves(parseCounters(snmp(3, 2)), parseCounters(snmp(5, 1)))).toEqual({
    TcpActiveOpens: 2,
    TcpCurrEstab: -1,
  });
});

it('a reading survives as its value lines', () => {
  const values = valueLines(snmp(5, 1));
  expect(values).not.toContain('ActiveOpens');
  expect(withValues(snmp(3, 2), values)).toEqual(parseCounters(snmp(5, 1)));
});
