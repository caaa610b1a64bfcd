import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ACCEPT_QUEUE_FULL, HANDSHAKE } from './example-scenarios.ts';
import { formatIssue, overrideScenario, readScenario, type Scenario, ScenarioError } from './index.ts';

const BASE = {
  format: 1,
  name: 'base',
  duration: '10s',
  hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2', sysctls: {} } },
};
const withProcess = (process: object): object => ({ ...BASE, processes: [process] });

function issuesOf(data: unknown): string[] {
  try {
    readScenario(data);
    return [];
  } catch (error) {
    if (!(error instanceof ScenarioError)) throw error;
    return error.issues.map(formatIssue);
  }
}

describe('a scenario document', () => {
  it('gets its defaults', () => {
    const scenario = readScenario(BASE);
    expect(scenario).toMatchObject({
      seed: 1,
      kernel: '6.18',
      timers: 'exact',
      durationNs: 10e9,
      title: '',
      faults: [],
      expect: [],
    });
    expect(scenario.hosts[0]?.addresses).toEqual([{ address: '10.0.0.1', prefix: 24 }]);
    expect(scenario.links).toMatchObject([{ between: ['client', 'server'], latencyNs: 100_000, loss: 0 }]);
  });

  it('is read in its own units', () => {
    const scenario = readScenario({
      ...BASE,
      links: [{ between: ['client', 'server'], latency: '20us', bandwidth: '10Mbit', queue: 5, loss: '2%' }],
      processes: [
        { host: 'server', program: 'server', port: 80, request: '64KiB', stall: [{ at: '1s', for: '3s' }] },
      ],
    });
    expect(scenario.links[0]).toMatchObject({ latencyNs: 20_000, bandwidth: 1e7, queue: 5, loss: 0.02 });
    expect(scenario.processes[0]?.program).toMatchObject({
      requestBytes: 65536,
      stalls: [{ atNs: 1e9, forNs: 3e9 }],
    });
  });

  it('names processes after their programs, numbered when taken', () => {
    const scenario = readScenario({
      ...BASE,
      processes: [
        { host: 'server', program: 'idle' },
        { host: 'client', program: 'idle' },
        { host: 'client', program: 'idle', name: 'third' },
      ],
    });
    expect(scenario.processes.map((p) => p.name)).toEqual(['idle', 'idle-2', 'third']);
  });

  it.each([
    [
      'not a mapping',
      [],
      ['the document: expected a mapping with format, name, duration, hosts …, got an empty list'],
    ],
    [
      'nothing',
      null,
      ['the document: expected a mapping with format, name, duration, hosts …, got nothing (null)'],
    ],
    ['a wrong format', { ...BASE, format: 2 }, ['format: expected the format version 1, got 2']],
    [
      'a bad name',
      { ...BASE, name: 'No Spaces' },
      [/^name: expected a name such as accept-queue-full .* got "No Spaces"$/],
    ],
    [
      'an unknown key, with a hint',
      { ...BASE, proceses: [] },
      [/^proceses: expected one of the keys format, .* got "proceses" \(did you mean processes\?\)$/],
    ],
    [
      'no duration',
      { ...BASE, duration: undefined },
      [/^duration: expected a duration such as .*, got nothing$/],
    ],
    ['a bare number as duration', { ...BASE, duration: 10 }, [/^duration: expected a duration .*, got 10$/]],
    ['no hosts', { ...BASE, hosts: {} }, ['hosts: expected at least one host, got a mapping']],
    [
      'a host without an address',
      { ...BASE, hosts: { a: {} } },
      ['hosts.a.address: expected an address such as 10.0.0.1/24, got nothing'],
    ],
    [
      'a misspelt sysctl',
      { ...BASE, hosts: { a: { address: '10.0.0.1', sysctls: { 'net.core.somaxcon': 1 } } } },
      [
        'hosts.a.sysctls["net.core.somaxcon"]: expected the full name of a sysctl that the engine has, got "net.core.somaxcon" (did you mean net.core.somaxconn?)',
      ],
    ],
    [
      'a sysctl out of range',
      { ...BASE, hosts: { a: { address: '10.0.0.1', sysctls: { 'net.ipv4.tcp_syn_retries': 300 } } } },
      [
        /^hosts.a.sysctls\["net.ipv4.tcp_syn_retries"\]: expected a whole number from 1 to 127 \(retries\), got 300$/,
      ],
    ],
    [
      'a port range upside down',
      { ...BASE, hosts: { a: { address: '10.0.0.1', sysctls: { 'net.ipv4.ip_local_port_range': [5, 4] } } } },
      [/expected the first port not above the last, got a list$/],
    ],
    [
      'an address twice',
      { ...BASE, hosts: { a: { address: '10.0.0.1' }, b: { address: '10.0.0.1' } } },
      ['hosts.b: expected an address that a does not have, got "10.0.0.1"'],
    ],
    [
      'an unknown kernel',
      { ...BASE, kernel: '6.17' },
      [/^kernel: expected a kernel profile: 6.18, .*got "6.17" \(did you mean 6.18\?\)$/],
    ],
    [
      'an unknown rounding',
      { ...BASE, timers: 'hz25' },
      [/^timers: expected one of exact, hz100, hz250, hz300, hz1000, got "hz25" \(did you mean hz250\?\)$/],
    ],
    [
      'a kernel as a number',
      { ...BASE, kernel: 6.1 },
      ["kernel: expected text, got 6.1 (write it in quotes: '6.1')"],
    ],
    [
      'an unknown host in a link',
      { ...BASE, links: [{ between: ['client', 'sever'] }] },
      ['links[0].between[1]: expected one of the hosts client, server, got "sever" (did you mean server?)'],
    ],
    [
      'a queue without a bandwidth',
      { ...BASE, links: [{ between: ['client', 'server'], queue: 5 }] },
      ['links[0].queue: expected a bandwidth beside it, got 5'],
    ],
    [
      'an unknown match',
      { ...BASE, faults: [{ drop: 'synack' }] },
      [/^faults\[0\].drop: expected one of any, syn, .*got "synack" \(did you mean syn-ack\?\)$/],
    ],
    [
      'two actions',
      { ...BASE, faults: [{ drop: 'syn', delay: 'syn', by: '1s' }] },
      [/^faults\[0\]: expected one action of drop, .* got "drop and delay"$/],
    ],
    [
      'two counts',
      { ...BASE, faults: [{ drop: 'syn', nth: 1, first: 2 }] },
      ['faults[0].first: expected only one of nth, first and every, got 2'],
    ],
    [
      'a span upside down',
      { ...BASE, faults: [{ drop: 'syn', during: ['2s', '1s'] }] },
      ['faults[0].during: expected two times, the first before the second, got a list'],
    ],
    ['delay without by', { ...BASE, faults: [{ delay: 'syn' }] }, [/^faults\[0\].by: expected a duration/]],
    [
      'an unknown program',
      withProcess({ host: 'server', program: 'sever' }),
      [/^processes\[0\].program: expected one of server, client, .*got "sever" \(did you mean server\?\)$/],
    ],
    [
      'a key of another program',
      withProcess({ host: 'server', program: 'idle', port: 80 }),
      [/^processes\[0\].port: expected one of the keys host, name, start, program, got "port"/],
    ],
    [
      'a port too large',
      withProcess({ host: 'server', program: 'server', port: 80000 }),
      ['processes[0].port: expected a port from 1 to 65535, got 80000'],
    ],
    [
      'a target without a port',
      withProcess({ host: 'client', program: 'client', to: 'server' }),
      ['processes[0].to: expected a port too, such as server:80, got "server"'],
    ],
    [
      'an unknown socket option',
      withProcess({ host: 'server', program: 'server', port: 80, options: { SO_REUSEADR: 1 } }),
      [/^processes\[0\].options.SO_REUSEADR: .* \(did you mean SO_REUSEADDR\?\)$/],
    ],
    [
      'an unknown step',
      withProcess({ host: 'client', program: 'steps', steps: [{ connct: {} }] }),
      [/^processes\[0\].steps\[0\].connct: expected one of the keys socket, .* \(did you mean connect\?\)$/],
    ],
    [
      'an unknown errno',
      withProcess({ host: 'client', program: 'steps', steps: [{ close: { fd: 's', errno: 'EBAD' } }] }),
      [/^processes\[0\].steps\[0\].close.errno: .* \(did you mean EBADF\?\)$/],
    ],
    [
      'a bad segment',
      { ...BASE, inject: [{ at: '1s', from: '1.2.3.4:5', to: 'server:80', segment: 'S 0:5(0)' }] },
      [
        /^inject\[0\].segment: expected a segment as packetdrill writes it: 5, which is 0 \+ 0 bytes|expected a segment as packetdrill writes it: /,
      ],
    ],
    [
      'a bad expectation',
      { ...BASE, expect: ['server TcpExtListenOverflow == 4'] },
      [
        'expect[0]: expected a counter as nstat names it, or sockets, accept queue, request queue, drops, log, connects, requests, cpu, run queue delay, context switches, process (at column 8), got "server TcpExtListenOverflow == 4" (did you mean TcpExtListenOverflows?)',
      ],
    ],
  ])('with %s is refused', (_, data, expected) => {
    const issues = issuesOf(data);
    expect(issues).toHaveLength(expected.length);
    expected.forEach((want, i) => {
      if (typeof want === 'string') expect(issues[i]).toBe(want);
      else expect(issues[i]).toMatch(want);
    });
  });

  it('shows all mistakes at once, each with its path', () => {
    const data = {
      ...BASE,
      kernel: 'x',
      faults: [{ drop: 'x' }, { drop: 'syn' }, { drop: 'y' }],
      processes: [{ host: 'nobody', program: 'idle' }],
    };
    try {
      readScenario(data);
      expect.unreachable();
    } catch (error) {
      expect((error as ScenarioError).issues.map((i) => i.path)).toEqual([
        ['kernel'],
        ['faults', 0, 'drop'],
        ['faults', 2, 'drop'],
        ['processes', 0, 'host'],
      ]);
    }
  });
});

describe('overrides', () => {
  const scenario = readScenario(ACCEPT_QUEUE_FULL);

  it('set seed, kernel and sysctls', () => {
    const out = overrideScenario(scenario, {
      seed: 9,
      kernel: '5.15',
      hz: '1000',
      set: ['server:net.core.somaxconn=7', 'client:net.ipv4.ip_local_port_range=40000 40010'],
    });
    expect(out).toMatchObject({ seed: 9, kernel: '5.15', timers: 'hz1000' });
    expect(out.hosts[1]?.sysctls).toEqual({ 'net.core.somaxconn': 7 });
    expect(out.hosts[0]?.sysctls).toEqual({ 'net.ipv4.ip_local_port_range': [40000, 40010] });
    expect(scenario.hosts[1]?.sysctls).toEqual({ 'net.core.somaxconn': 1 });
  });

  it('take a list of ports, and show it as the kernel does', () => {
    const name = 'net.ipv4.ip_local_reserved_ports';
    const read = (value: unknown): Scenario =>
      readScenario({ ...BASE, hosts: { client: { address: '10.0.0.1', sysctls: { [name]: value } } } });
    expect([8080, '9000-9010,8080', '1,2,3', ''].map((v) => read(v).hosts[0]?.sysctls[name])).toEqual([
      '8080',
      '8080,9000-9010',
      '1-3',
      '',
    ]);
    for (const [set, shown] of [
      ['9000-9005,9003-9010,8080', '8080,9000-9010'],
      ['', ''],
    ])
      expect(overrideScenario(read('7'), { set: [`client:${name}=${set}`] }).hosts[0]?.sysctls).toEqual({
        [name]: shown,
      });
    const expected = 'expected a list of ports from 0 to 65535 such as 8080,9000-9010, got';
    expect(() => read('9010-9000')).toThrow(`hosts.client.sysctls["${name}"]: ${expected} "9010-9000"`);
    expect(() => read([8080])).toThrow(`${expected} a list`);
    const set = `client:${name}=http`;
    expect(() => overrideScenario(read(7), { set: [set] })).toThrow(`--set["${set}"]: ${expected} "http"`);
  });

  it.each([
    [{ set: ['server.net.core.somaxconn=7'] }, /HOST:SYSCTL=VALUE/],
    [{ set: ['sever:net.core.somaxconn=7'] }, /one of the hosts client, server/],
    [{ set: ['server:net.core.somaxcon=7'] }, /did you mean net.core.somaxconn\?/],
    [{ set: ['server:net.core.somaxconn=many'] }, /a whole number from 0/],
    [
      { kernel: '4.4', set: ['client:net.ipv4.tcp_syn_linear_timeouts=0'] },
      /^--set\["client:net.ipv4.tcp_syn_linear_timeouts=0"\]: expected a sysctl that Linux 4.4 has \(this one: 6.18, 6.12\), got/,
    ],
    [{ hz: '60' }, /--hz: expected one of 100, 250, 300, 1000, got "60"|--hz/],
    [{ kernel: '7.0' }, /--kernel"\]|--kernel/],
    [{ seed: -1 }, /a seed from 0/],
  ])('%j is refused', (overrides, message) => {
    expect(() => overrideScenario(scenario, overrides)).toThrow(message);
  });
});

describe('settings that came with a newer kernel', () => {
  const LINEAR = { 'net.ipv4.tcp_syn_linear_timeouts': 0, 'net.ipv4.tcp_syn_retries': 2 };
  const [client, server] = [{ address: '10.0.0.1/24' }, { address: '10.0.0.2/24', kernel: '6.12' }];

  it('are refused, in hosts and in changes, each under its own name', () => {
    const at = (host: string): unknown[] => [{ at: '1s', host, sysctls: LINEAR }];
    const read = (data: object): Scenario => readScenario({ ...BASE, kernel: '5.15', ...data });
    const refusal = 'expected a sysctl that Linux 5.15 has (this one: 6.18, 6.12), got';
    const name = '"net.ipv4.tcp_syn_linear_timeouts"';
    expect(() => read({ hosts: { client: { ...client, sysctls: LINEAR }, server } })).toThrow(
      `hosts.client.sysctls[${name}]: ${refusal} ${name}`,
    );
    expect(() => read({ hosts: { client, server }, changes: at('client') })).toThrow(
      `changes[0].sysctls[${name}]: ${refusal} ${name}`,
    );
    const newer = read({ hosts: { client, server: { ...server, sysctls: LINEAR } }, changes: at('server') });
    expect(newer.hosts[1]?.sysctls).toEqual(LINEAR);
  });

  it('are left out when --kernel asks for an older one', () => {
    const scenario = readScenario({
      ...BASE,
      hosts: { client: { ...client, sysctls: LINEAR }, server },
      changes: [{ at: '1s', host: 'server', sysctls: LINEAR }],
    });
    const older = overrideScenario(scenario, { kernel: '4.4' });
    expect([older.hosts[0], ...older.changes].map((part) => part?.sysctls)).toEqual([
      { 'net.ipv4.tcp_syn_retries': 2 },
      { 'net.ipv4.tcp_syn_retries': 2 },
    ]);
    expect(overrideScenario(scenario, { kernel: '6.12' }).hosts[0]?.sysctls).toEqual(LINEAR);
  });
});

describe('whatever the data is', () => {
  const check = (data: unknown): void => {
    try {
      readScenario(data);
    } catch (error) {
      if (!(error instanceof ScenarioError)) throw error;
      expect(error.issues.length).toBeGreaterThan(0);
    }
  };

  it('nothing but a ScenarioError comes out', () => {
    fc.assert(fc.property(fc.jsonValue(), check), { numRuns: 500 });
  });

  it('not even for a scenario with anything put into it anywhere', () => {
    const seeds: unknown[] = [HANDSHAKE, ACCEPT_QUEUE_FULL];
    const poison = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom('', '0s', -1, 1e300, Number.NaN, '__proto__', [], {}),
    );
    const property = fc.property(fc.constantFrom(...seeds), fc.nat(), poison, (seed, where, value) => {
      check(replaceAt(structuredClone(seed), where, value));
    });
    fc.assert(property, { numRuns: 2000 });
  });
});

/** Puts `value` at the n-th place of a document, counted round. */
function replaceAt(document: unknown, n: number, value: unknown): unknown {
  const places: [holder: Record<string, unknown>, key: string][] = [];
  const walk = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return;
    for (const key of Object.keys(node)) {
      places.push([node as Record<string, unknown>, key]);
      walk((node as Record<string, unknown>)[key]);
    }
  };
  walk(document);
  const [holder, key] = places[n % places.length] as [Record<string, unknown>, string];
  holder[key] = value;
  return document;
}
