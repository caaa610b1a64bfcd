import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCEPT_QUEUE_FULL } from './example-scenarios.ts';
import { evaluateExpectation, parseExpectation, type RunResult, readScenario, runScenario } from './index.ts';

const HOSTS = ['client', 'server'];

describe('the text of an expectation', () => {
  it.each([
    'server TcpExtListenOverflows == 4',
    'at 5s server TcpCurrEstab >= 2',
    'server sockets == 1',
    'server sockets SYN-RECV == 0',
    'at 1m30s server accept queue == 2',
    'server:80 accept queue max <= 2',
    'server request queue max == 0',
    'server drops == 4',
    'server log contains "Possible SYN flooding"',
    'server log lacks "x"',
    'connects == 5',
    'client connects errno ETIMEDOUT == 1',
    'connects slower than 1s == 3',
    'connect 2 latency ~ 1.03s within 5%',
    'client connect 3 errno == ETIMEDOUT',
    'connect 1 errno != ok',
    'connect 2 syns at 0s 1s 2s 3s 4s 5s 7s',
    'connect 2 syns at 0s 1s within 10ms',
    'requests failed == 0',
    'requests slower than 1s == 3',
    'request 2 latency < 1s',
    'request 2 bytes == 1000',
    'max request latency >= 1s',
    'max connect probes >= 1000',
    'total client connect time-wait probes == 0',
    'connect 3 probes == 1',
    'client connect 3 established probes > 100',
    'mean client connect latency < 1s',
    'segments == 5',
    'segments "S." from server to client == 5',
    'segments "S" lost == 2',
    'segments from 203.0.113.1 dropped > 0',
    'segments retransmitted == 0',
  ])('%s', (line) => {
    expect(parseExpectation(line, HOSTS)).toMatchObject({ ok: true });
  });

  it.each([
    ['', 1, /a host \(client, server\), connect/, null],
    ['sever drops == 1', 1, /a host/, 'did you mean server?'],
    ['server TcpExtListenOverflow == 4', 8, /a counter/, 'did you mean TcpExtListenOverflows?'],
    ['server drops', 13, /a comparison/, null],
    ['server drops = 1', 14, /a word, a comparison/, null],
    ['server drops == x', 17, /a whole number/, null],
    ['server drops == 1 2', 19, /the end of the line/, null],
    ['connect 0 errno == ok', 9, /a number from 1/, null],
    ['connect 1 errno == ETIMEOUT', 20, /an errno/, 'did you mean ETIMEDOUT?'],
    ['connect 1 latency == 5', 22, /a time/, null],
    ['connect 1 latency ~ 1s', 23, /'within'/, null],
    ['at 5s connect 1 latency < 1s', 7, /a counter, sockets or a queue after 'at TIME'/, null],
    ['server:80 sockets == 1', 11, /after a port/, null],
    ['server log contains x', 21, /text in double quotes/, null],
    ['max latency < 1s', 5, /'request' or 'connect'/, null],
  ])('%j is refused at column %i', (line, column, expected, hint) => {
    const parsed = parseExpectation(line, HOSTS);
    if (parsed.ok) throw new Error('it was read');
    expect(parsed.column).toBe(column);
    expect(parsed.expected).toMatch(expected);
    expect(parsed.hint).toBe(hint);
  });

  it('never makes the parser throw', () => {
    const words = [
      'server',
      'at',
      '5s',
      '==',
      '~',
      'connect',
      '1',
      'syns',
      '"S"',
      'max',
      'within',
      'queue',
      'request',
      '5%',
    ];
    const line = fc.oneof(
      fc.string(),
      fc.array(fc.constantFrom(...words)).map((list) => list.join(' ')),
    );
    fc.assert(
      fc.property(line, (text) => typeof parseExpectation(text, HOSTS).ok === 'boolean'),
      { numRuns: 1000 },
    );
  });
});

describe('an expectation held against a run', async () => {
  const result: RunResult = await runScenario(readScenario(ACCEPT_QUEUE_FULL));

  it.each([
    ['connects == 5', true, '5'],
    ['connects == 4', false, '5'],
    ['connects errno ok == 5', true, '5'],
    ['client connects slower than 1s == 3', true, '3'],
    ['connect 3 syns at 0s 1s', true, '0s 1s'],
    ['connect 3 syns at 0s 1s 3s', false, '0s 1s'],
    ['connect 3 syns at 0s 1.01s', false, '0s 1s'],
    ['connect 3 syns at 0s 1.01s within 1%', true, '0s 1s'],
    ['connect 3 latency ~ 1s within 5%', true, '1.02s'],
    ['connect 3 latency ~ 1s within 1ms', false, '1.02s'],
    ['connect 9 latency < 1s', false, 'only 5 connects'],
    ['connect 1 errno == ok', true, 'ok'],
    ['connect 1 errno == ETIMEDOUT', false, 'ok'],
    ['max request latency >= 1s', true, '1.04s'],
    ['min request latency < 1s', true, '450ms'],
    ['request 1 bytes == 1000', true, '1000'],
    ['server TcpExtListenOverflows == 3', true, '3'],
    ['server TcpExtTCPTimeouts == 0', true, '0'],
    ['server accept queue max == 2', true, '2'],
    ['server:81 accept queue max == 2', false, 'no listener'],
    ['server accept queue == 0', true, '0'],
    ['server drops == 3', true, '3'],
    ['server sockets LISTEN == 1', true, '1'],
    ['server log contains "flood"', false, 'the log is empty'],
    ['segments "S" dropped == 3', true, '3'],
    ['segments "S" from client to server retransmitted == 3', true, '3'],
    ['segments lost == 0', true, '0'],
    ['at 1s server sockets == 1', false, 'the run ended before'],
    [
      'nonsense',
      false,
      'cannot be read: column 1, expected a host (client, server), connect, request, segments, max, min, mean or total',
    ],
  ])('%s', (line, ok, actual) => {
    expect(evaluateExpectation(line, result)).toEqual({ text: line, ok, actual });
  });

  it('looks at the hosts at the times that it names', async () => {
    const data = {
      ...ACCEPT_QUEUE_FULL,
      expect: [
        'at 450ms server accept queue == 2',
        'at 450ms server TcpExtListenOverflows == 3',
        'at 450ms client sockets SYN-SENT == 3',
        'at 19s server accept queue == 0',
        'at 25s server accept queue == 0',
      ],
    };
    const run = await runScenario(readScenario(data));
    expect(run.expectations.map((e) => [e.ok, e.actual])).toEqual([
      [true, '2'],
      [true, '3'],
      [true, '3'],
      [true, '0'],
      [false, 'the run ended before'],
    ]);
  });
});

describe('ports that were looked at', () => {
  const scenario = {
    format: 1,
    name: 'few-ports',
    title: 'Three connections over two ports',
    duration: '1s',
    hosts: {
      client: { address: '10.0.0.1/24', sysctls: { 'net.ipv4.ip_local_port_range': [40000, 40001] } },
      server: { address: '10.0.0.2/24' },
    },
    links: [{ between: ['client', 'server'], latency: '1ms' }],
    processes: [
      { host: 'server', program: 'server', port: 80 },
      { host: 'client', program: 'client', to: 'server:80', count: 3, interval: '100ms', close: 'never' },
    ],
  };

  it.each([
    ['connect 1 probes == 1', '1'],
    ['connect 2 probes == 2', '2'],
    ['connect 2 established probes == 1', '1'],
    ['connect 3 established probes == 2', '2'],
    ['max client connect probes == 2', '2'],
    ['min connect free probes == 0', '0'],
    ['total connect probes == 5', '5'],
    ['total connect time-wait probes == 0', '0'],
  ])('%s', async (line, actual) => {
    const result = await runScenario(readScenario(scenario));
    expect(evaluateExpectation(line, result)).toEqual({ text: line, ok: true, actual });
  });

  it('is nothing where no port was searched for', async () => {
    const result = await runScenario(readScenario(scenario));
    const none = { ...result, connects: result.connects.map((c) => ({ ...c, probes: null })) };
    for (const line of ['connect 1 probes == 0', 'max connect probes == 0'])
      expect(evaluateExpectation(line, none)).toMatchObject({ ok: false, actual: 'no search for a port' });
  });
});
