import { formatAddr } from '@halfopen/engine';
import { describe, expect, it } from 'vitest';
import { CATALOGUES } from '../messages/index.ts';
import { type LiveArgs, type LiveSettings, readSettings, withStallDefault } from './settings.ts';

const NONE: LiveArgs = {
  program: undefined,
  connect: undefined,
  addr: [],
  port: undefined,
  backlog: undefined,
  stallAccept: undefined,
  dropSyn: undefined,
  kernel: undefined,
  set: [],
  tun: undefined,
  mtu: undefined,
  pcap: undefined,
  seed: undefined,
  send: undefined,
  http: undefined,
  bytes: false,
  packets: false,
  quiet: false,
  json: false,
};

const read = (args: Partial<LiveArgs>) => readSettings({ ...NONE, ...args }, CATALOGUES.en);

function good(args: Partial<LiveArgs>): LiveSettings {
  const settings = read(args);
  if ('kind' in settings) throw new Error(JSON.stringify(settings));
  return settings;
}

function problem(args: Partial<LiveArgs>): string {
  const settings = read(args);
  if (!('kind' in settings) || settings.kind !== 'wrong') throw new Error('expected wrong use');
  return settings.problems.map((p) => [p.message, p.hint].filter(Boolean).join(' | ')).join('\n');
}

describe('the settings of a live run', () => {
  it('serve http on port 80 of 10.80.0.2 when nothing is said', () => {
    const { live, use } = good({});
    expect(live.addresses.map((a) => `${formatAddr(a.address)}/${a.prefix}`)).toEqual(['10.80.0.2/24']);
    expect(live).toMatchObject({
      seed: null,
      mtu: 1500,
      device: 'halfopen%d',
      capturePath: null,
      dropSyns: 0,
      trace: true,
    });
    expect(use).toEqual({ kind: 'serve', serve: { program: 'http', port: 80, backlog: 128, stallNs: 0 } });
  });

  it('choose the family of the device by the server that is connected to', () => {
    const addresses = (to: string) => good({ connect: to }).live.addresses.map((a) => formatAddr(a.address));
    expect(addresses('10.80.0.1:80')).toEqual(['10.80.0.2']);
    expect(addresses('[fd80::1]:80')).toEqual(['fd80::2']);
  });

  it('name the host as a URL does', () => {
    const hostOf = (connect: string) => {
      const { use } = good({ connect, http: '/x' });
      return use.kind === 'connect' ? use.connect.http : null;
    };
    expect(hostOf('10.80.0.1:80')).toEqual({ path: '/x', host: '10.80.0.1' });
    expect(hostOf('[fd80::1]:8080')).toEqual({ path: '/x', host: '[fd80::1]:8080' });
  });

  it('understand escapes in the text to send', () => {
    const { use } = good({ connect: '10.80.0.1:7', send: 'a\\r\\nb\\\\n\\x' });
    expect(use.kind === 'connect' && new TextDecoder().decode(use.connect.send ?? undefined)).toBe(
      'a\r\nb\\n\\x',
    );
  });

  it('take sysctls by name, several numbers with commas', () => {
    const { live } = good({ set: ['net.core.somaxconn=1', 'net.ipv4.ip_local_port_range=40000,40010'] });
    expect(live.sysctls).toEqual({ 'net.core.somaxconn': 1, 'net.ipv4.ip_local_port_range': [40000, 40010] });
  });

  it.each<[Partial<LiveArgs>, string]>([
    [{ program: 'http', connect: '10.0.0.1:80' }, 'two different uses'],
    [{ program: 'ftp' }, '--program ftp: expected one of http, echo'],
    [{ send: 'x' }, '--send needs --connect'],
    [{ connect: '10.80.0.1:80', backlog: '1' }, '--backlog needs --program'],
    [{ port: '0' }, '--port 0: expected a whole number from 1 to 65535'],
    [{ stallAccept: '3' }, '--stall-accept 3: expected a duration'],
    [{ kernel: '7.0' }, '--kernel 7.0: expected one of 6.18'],
    [
      { set: ['net.core.somaxcon=1'] },
      '--set net.core.somaxcon: the engine has no such sysctl | net.core.somaxconn',
    ],
    [{ set: ['net.core.somaxconn'] }, 'expected SYSCTL=VALUE'],
    [{ set: ['net.core.somaxconn=-1'] }, 'expected a whole number from 0'],
    [{ set: ['net.ipv4.ip_local_port_range=5,4'] }, 'expected 2 whole numbers'],
    [{ tun: 'a/b' }, '--tun a/b: a device name has 1 to 15'],
    [{ tun: 'x'.repeat(16) }, 'a device name has 1 to 15'],
    [{ addr: ['10.80.0.2'] }, 'expected a prefix length, such as 10.80.0.2/24'],
    [{ addr: ['fd80::2/64'], mtu: '1279' }, '--mtu 1279: expected a whole number from 1280'],
    [
      { connect: 'example.com:80' },
      'expected ADDRESS:PORT, such as 10.80.0.1:80 or [fd80::1]:80 | names are not looked up',
    ],
    [{ connect: '10.80.0.1' }, 'expected ADDRESS:PORT'],
    [{ connect: '10.80.0.1:0' }, 'expected ADDRESS:PORT'],
    [
      { connect: '127.0.0.1:80' },
      "this host's loopback is not reached through a device | let the server listen on 10.80.0.1",
    ],
    [{ connect: '[::1]:80' }, 'let the server listen on fd80::1'],
    [{ connect: '10.80.0.1:80', addr: ['fd80::2/64'] }, 'an --addr of the same family (IPv4)'],
    [{ connect: '10.80.0.1:80', http: 'x' }, '--http x: a path begins with /'],
  ])('%j is wrong use', (args, expected) => {
    expect(problem(args)).toContain(expected);
  });
});

describe('--stall-accept', () => {
  it('may stand without a duration', () => {
    expect(withStallDefault(['--stall-accept', '--backlog', '1'])).toEqual([
      '--stall-accept=3s',
      '--backlog',
      '1',
    ]);
    expect(withStallDefault(['--stall-accept'])).toEqual(['--stall-accept=3s']);
    expect(withStallDefault(['--stall-accept', '1s'])).toEqual(['--stall-accept', '1s']);
  });
});
