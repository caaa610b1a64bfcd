import { expect, test } from 'vitest';
import { ACCEPT_QUEUE_FULL } from './example-scenarios.ts';
import { measureScenario, parseQuantity, type Quantity, quantityOf, readScenario, unitOf } from './index.ts';

const HOSTS = ['client', 'server'];

test.each([
  ['server TcpExtListenOverflows == 4', 'server TcpExtListenOverflows', 'count'],
  ['at 1m30s server accept queue == 2', 'at 1m30s server accept queue', 'count'],
  ['requests slower than 1s == 3', 'requests slower than 1s', 'count'],
  ['mean client connect latency < 1s', 'mean client connect latency', 'ns'],
  ['connect 2 latency ~ 1.03s within 5%', 'connect 2 latency', 'ns'],
  ['client connect 3 errno == ETIMEDOUT', 'client connect 3 errno', 'text'],
  ['connect 2 syns at 0s 1s within 10ms', 'connect 2 syns', 'text'],
  ['server log contains "a == b"', 'server log contains "a == b"', 'text'],
  ['segments "S." from server == 5', 'segments "S." from server', 'count'],
])('%s compares %s', (line, text, unit) => {
  const quantity = quantityOf(line, HOSTS);
  expect(quantity?.text).toBe(text);
  expect(unitOf(quantity as Quantity)).toBe(unit);
});

test.each([
  ['server drops == 1', 14, 'the end of the line'],
  ['sever drops', 1, 'a host (client, server)'],
  ['max latency', 5, "'request' or 'connect'"],
  ['at 5s connect 1 latency', 7, 'a counter, sockets or a queue'],
])('%s is no quantity', (text, column, expected) => {
  const parsed = parseQuantity(text, HOSTS);
  if (parsed.ok) throw new Error('it was read');
  expect(parsed.column).toBe(column);
  expect(parsed.expected).toContain(expected);
});

test('a run is reduced to numbers, times, words, and null where there is nothing to look at', async () => {
  const texts = [
    'connects slower than 1s',
    'min request latency',
    'connect 3 syns',
    'connect 1 errno',
    'connect 9 latency',
    'at 450ms server accept queue',
    'at 1h server accept queue',
  ];
  const quantities = texts.map((text) => quantityOf(text, HOSTS) as Quantity);
  const scenario = readScenario({ ...ACCEPT_QUEUE_FULL, expect: ['connects == 5', 'connects == 4'] });
  expect(await measureScenario(scenario, quantities)).toEqual({
    values: [3, 450_000_000, '0s 1s', 'ok', null, 2, null],
    held: 1,
    expectations: 2,
  });
});
