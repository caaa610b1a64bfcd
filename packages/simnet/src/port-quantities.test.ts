import { expect, it } from 'vitest';
import { readScenario, runScenario } from './index.ts';

const LINES = [
  'connect 1 port >= 40000',
  'connect 2 port <= 40001',
  'connect 1 port == 40001',
  'connect 3 probes == 2',
  'connect 3 probes < 2',
  'connect 4 probes == 0',
];

it('an expectation may be about the local port of a connect, and about how many its search looked at', async () => {
  const scenario = readScenario({
    format: 1,
    name: 'ports',
    duration: '1s',
    hosts: {
      client: { address: '10.0.0.1', sysctls: { 'net.ipv4.ip_local_port_range': [40000, 40001] } },
      server: { address: '10.0.0.2' },
    },
    processes: [
      { host: 'server', program: 'echo', port: 80 },
      { host: 'client', program: 'client', to: 'server:80', count: 3, interval: '10ms', hold: '1m' },
      { host: 'client', name: 'bound', program: 'client', to: 'server:80', bind: 50000, start: '1s' },
    ],
    expect: LINES,
  });
  const { expectations } = await runScenario(scenario);
  expect(expectations.map(({ ok, actual }) => [ok, actual])).toEqual([
    [true, '40000'],
    [true, '40001'],
    [false, '40000'],
    [true, '2'],
    [false, '2'],
    [false, 'no search for a port'],
  ]);
});

it('connects pass over reserved ports, and fail when nothing else is left, until the list is emptied', async () => {
  const reserved = (list: string): object => ({ 'net.ipv4.ip_local_reserved_ports': list });
  const scenario = readScenario({
    format: 1,
    name: 'reserved',
    duration: '1s',
    hosts: {
      client: {
        address: '10.0.0.1',
        sysctls: { 'net.ipv4.ip_local_port_range': [40000, 40003], ...reserved('40001-40003') },
      },
      server: { address: '10.0.0.2' },
    },
    processes: [
      { host: 'server', program: 'echo', port: 80 },
      { host: 'client', program: 'client', to: 'server:80', count: 3, interval: '100ms', hold: '1m' },
    ],
    changes: [{ at: '150ms', host: 'client', sysctls: reserved('40001,40002') }],
    expect: ['connect 1 port == 40000', 'connect 2 errno == EADDRNOTAVAIL', 'connect 3 port == 40003'],
  });
  const { connects, expectations } = await runScenario(scenario);
  expect(expectations.filter(({ ok }) => !ok)).toEqual([]);
  expect(connects[1]?.probes).toMatchObject({ free: 0, established: 1, reserved: 3 });
});
