import { COUNTER_NAMES, ERRNO, isSysctl, linux, PROFILE_NAMES, SYSCTLS, TRANSITIONS } from '@halfopen/engine';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { at, runCommand } from '../../test/run-command.ts';
import { CLAIMS } from '../claims/index.ts';
import { MYTHS } from '../claims/myths.ts';
import { LANGS } from '../messages/index.ts';
import { COUNTER_MEANINGS_EN } from '../messages/kernel-words.ts';
import { width } from '../render/text.ts';
import { findTerms, nearTerms, termNamed } from './find.ts';
import { GROUPS, TERMS, type Term } from './groups.ts';
import { logLinesIn, variantsOf } from './log-lines.ts';
import { UNITS_ZH } from './messages-zh.ts';
import { defaultsOf } from './versions.ts';

const namesFound = (text: string): string[] => findTerms(text).map((term) => term.name);

/** Every text of an entry, in both languages. */
const textsOf = ({ entry: e }: Term): (readonly [string, string])[] =>
  [e.means, e.when, e.mistaken, e.todo, e.versions].filter((text) => text !== undefined);

describe('finding', () => {
  const tables = [...Object.keys(SYSCTLS), ...COUNTER_NAMES, ...Object.keys(ERRNO)];
  const states = [...new Set(TRANSITIONS.flatMap((t) => [t.from, t.to]))];

  test.each([...tables, ...states])('%s is explained by its own entry', (name) => {
    expect(namesFound(name)).toEqual([name]);
  });

  test('names are unique, and every name finds itself', () => {
    expect(new Set(TERMS.map((term) => term.name)).size).toBe(TERMS.length);
    for (const { name } of TERMS) expect(namesFound(name), name).toEqual([name]);
  });

  test('a full name is found whatever its case', () => {
    for (const { name } of TERMS) {
      expect(namesFound(name.toLowerCase()).concat(namesFound(name.toUpperCase())), name).toContain(name);
    }
  });

  test.each([
    ['ListenOverflows', 'TcpExtListenOverflows'],
    ['listenoverflows', 'TcpExtListenOverflows'],
    ['TcpExt.ListenOverflows', 'TcpExtListenOverflows'],
    ['node_netstat_TcpExt_ListenOverflows', 'TcpExtListenOverflows'],
    ['RetransSegs', 'TcpRetransSegs'],
    ['TimeoutRehash', 'TcpExtTcpTimeoutRehash'],
    ['somaxconn', 'net.core.somaxconn'],
    ['net/core/somaxconn', 'net.core.somaxconn'],
    ['/proc/sys/net/core/somaxconn', 'net.core.somaxconn'],
    ['sysctl -w net.core.somaxconn=128', 'net.core.somaxconn'],
    ['max_syn_backlog', 'net.ipv4.tcp_max_syn_backlog'],
    ['tcp_fastopen', 'net.ipv4.tcp_fastopen'],
    ['TCP_FASTOPEN', 'TCP_FASTOPEN'],
    ['SYN_RECV', 'SYN-RECV'],
    ['syn-recv', 'SYN-RECV'],
    ['ESTABLISHED', 'ESTAB'],
    ['FIN_WAIT2', 'FIN-WAIT-2'],
    ['linger', 'SO_LINGER'],
    ['recv-q', 'Recv-Q'],
    ['111', 'ECONNREFUSED'],
    ['errno 98', 'EADDRINUSE'],
    ['connect ECONNREFUSED 10.0.0.2:80', 'ECONNREFUSED'],
    ['bind(): Address already in use', 'EADDRINUSE'],
    ['Cannot assign requested address', 'EADDRNOTAVAIL'],
  ])('%s means %s', (text, name) => {
    expect(namesFound(text)).toEqual([name]);
  });

  test('each log line of each kernel is found, pasted with a time before it', () => {
    for (const { name } of TERMS.filter((term) => term.group === 'log')) {
      const variants = variantsOf(name as Parameters<typeof variantsOf>[0]);
      const kernels = PROFILE_NAMES.filter((kernel) => name.endsWith('cookies') || kernel !== '2.6.32');
      expect(variants.flatMap((v) => v.kernels).sort()).toEqual([...kernels].sort());
      for (const { text } of variants) expect(namesFound(`[ 1234.5678] ${text}`)).toEqual([name]);
    }
    expect(logLinesIn('Possible SYN flooding')).toHaveLength(2);
  });

  test('an unknown name gets the nearest ones', () => {
    expect(findTerms('listenoverflow')).toEqual([]);
    expect(nearTerms('listenoverflow')[0]).toBe('TcpExtListenOverflows');
    expect(nearTerms('somaxcon')[0]).toBe('net.core.somaxconn');
  });

  test('no text makes it throw', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string({ maxLength: 80 }), fc.string({ unit: 'binary', maxLength: 40 })),
        (text) => {
          findTerms(text);
          nearTerms(text);
        },
      ),
      { numRuns: 300 },
    );
    const pieces = fc.constantFrom(
      ...TERMS.map((term) => term.name),
      ' ',
      '=',
      '-',
      '__proto__',
      'constructor',
    );
    fc.assert(
      fc.property(fc.array(pieces, { maxLength: 4 }), (words) => void findTerms(words.join(''))),
      { numRuns: 200 },
    );
  });
});

describe('entries', () => {
  test.each(GROUPS)('%s: every text is there in both languages', (group) => {
    const terms = TERMS.filter((term) => term.group === group);
    expect(terms.length).toBeGreaterThan(0);
    for (const term of terms) {
      for (const [en, zh] of textsOf(term)) {
        expect(en, term.name).toMatch(/[a-z].*[.…]$/s);
        expect(en, term.name).not.toMatch(/\p{Script=Han}/u);
        expect(zh, term.name).toMatch(/\p{Script=Han}.*(?:。|……)$|。$/su);
      }
    }
  });

  test('Chinese and Latin stand apart', () => {
    const all = [...TERMS.flatMap(textsOf), ...Object.values(CLAIMS).flatMap((c) => [c.says, c.holds])].map(
      ([, zh]) => zh,
    );
    expect(all.filter((zh) => /\p{Script=Han}[A-Za-z0-9]|[A-Za-z0-9)]\p{Script=Han}/u.test(zh))).toEqual([]);
  });

  test('every related term exists, and is another one', () => {
    for (const { name, entry } of TERMS) {
      for (const other of entry.see ?? []) expect(termNamed(other), `${name}: ${other}`).not.toBeNull();
      expect(entry.see ?? [], name).not.toContain(name);
    }
  });

  test('every myth is told by some term', () => {
    const told = new Set(TERMS.flatMap((term) => term.entry.myths ?? []));
    expect(Object.keys(MYTHS).filter((id) => !told.has(id as keyof typeof MYTHS))).toEqual([]);
  });

  test('every unit has a Chinese word, and every short meaning a counter', () => {
    expect(Object.values(SYSCTLS).filter(({ unit }) => !Object.hasOwn(UNITS_ZH, unit))).toEqual([]);
    expect(Object.keys(COUNTER_MEANINGS_EN).filter((name) => termNamed(name) === null)).toEqual([]);
  });

  test('defaults come from the profiles', () => {
    expect(defaultsOf('net.core.somaxconn')).toEqual([
      { kernels: ['6.18', '6.12', '6.1', '5.15', '5.4'], value: '4096' },
      { kernels: ['4.19', '4.4', '3.10', '2.6.32'], value: '128' },
    ]);
    expect(defaultsOf('net.ipv4.tcp_syn_linear_timeouts')).toEqual([
      { kernels: ['6.18', '6.12'], value: '4' },
    ]);
  });

  test('the kernel that brought a sysctl or an option is said, and the profiles before it lack it', () => {
    const numbers = (version: string): number[] => version.split('.').map(Number);
    const older = (kernel: string, version: string): boolean => {
      const [a, b] = [numbers(kernel), numbers(version)];
      const i = [0, 1, 2].find((part) => (a[part] ?? 0) !== (b[part] ?? 0));
      return i !== undefined && (a[i] ?? 0) < (b[i] ?? 0);
    };
    const terms = TERMS.filter(({ group }) => group === 'sysctl' || group === 'option');
    for (const { name, entry } of terms.filter(({ name }) => name !== 'backlog' && name !== 'TCP_FASTOPEN')) {
      const since = entry.since ?? '0';
      const lacking = PROFILE_NAMES.filter((kernel) => {
        const { sysctls, options } = linux(kernel)!.lacks;
        return [...sysctls, ...options].includes(name);
      });
      expect([name, lacking]).toEqual([name, PROFILE_NAMES.filter((kernel) => older(kernel, since))]);
    }
  });
});

describe('the command', () => {
  const shown = {
    'listen-overflows': 'ListenOverflows',
    somaxconn: 'somaxconn',
    eaddrnotavail: 'EADDRNOTAVAIL',
    'syn-flooding': 'TCP: request_sock_TCP: Possible SYN flooding on port 80. Dropping request.',
  };
  const cases = LANGS.flatMap((lang) => Object.entries(shown).map(([file, term]) => ({ lang, file, term })));

  test.each(cases)('$term in $lang', async ({ lang, file, term }) => {
    const { stdout, stderr, exitCode } = await runCommand(['explain', term, '--lang', lang]);
    expect({ stderr, exitCode }).toEqual({ stderr: '', exitCode: 0 });
    const text = `$ halfopen explain '${term}' --lang ${lang}\n${stdout}--- exit code ${exitCode}\n`;
    await expect(text).toMatchFileSnapshot(at(`snapshots/explain-${file}-${lang}.txt`));
  });

  test.each(LANGS)('%s: no line of any term is wider than 80 columns', { timeout: 60_000 }, async (lang) => {
    for (const { name } of TERMS) {
      const { stdout, exitCode } = await runCommand(['explain', name, '--lang', lang]);
      expect(exitCode).toBe(0);
      expect(
        stdout.split('\n').filter((line) => width(line) > 80),
        name,
      ).toEqual([]);
    }
  });

  test('without a term it lists the groups', async () => {
    const { stdout, exitCode } = await runCommand(['explain']);
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`sysctl                     ${Object.keys(SYSCTLS).length}`);
    const { stdout: json } = await runCommand(['explain', '--json']);
    expect(JSON.parse(json)).toMatchObject({ schemaVersion: 1, groups: GROUPS.map((group) => ({ group })) });
  });

  test('--json is one document with both languages', async () => {
    const { stdout } = await runCommand(['explain', 'somaxconn', '--json']);
    const document = JSON.parse(stdout);
    expect(document).toMatchObject({
      schemaVersion: 1,
      query: 'somaxconn',
      terms: [{ name: 'net.core.somaxconn', group: 'sysctl', modelled: true, scenarios: expect.any(Array) }],
    });
    expect(isSysctl(document.terms[0].name)).toBe(true);
    expect(Object.keys(document.terms[0].text)).toEqual(['en', 'zh']);
  });

  test('words need no quotes, and an overflow names the scenario that shows it', async () => {
    const { stdout } = await runCommand(['explain', 'Possible', 'SYN', 'flooding', '--json']);
    expect(JSON.parse(stdout).terms).toHaveLength(2);
    const overflows = await runCommand(['explain', 'ListenOverflows', '--json']);
    expect(JSON.parse(overflows.stdout).terms[0].scenarios).toContain('accept-queue-full');
  });

  test('what the engine does not have is said', async () => {
    const { stdout } = await runCommand(['explain', 'TCPFastOpenPassive']);
    expect(stdout).toContain('Not modelled');
  });

  test('an unknown term is wrong use, with the nearest names', async () => {
    const { stdout, stderr, exitCode } = await runCommand(['explain', 'somaxcon']);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr).toBe(
      'halfopen: error: nothing is known about somaxcon\n  hint: the nearest names: net.core.somaxconn\n',
    );
  });

  test('no text makes it end otherwise than with 0 or 2', async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ maxLength: 60 }), async (text) => {
        const { exitCode } = await runCommand(['explain', '--', text]);
        expect([0, 2]).toContain(exitCode);
      }),
      { numRuns: 100 },
    );
  });
});
