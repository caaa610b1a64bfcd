// The engine as a server behind TUN: curl is the client, the kernel of this machine its TCP.
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patternBytes } from '../../packages/linux/src/programs/pattern.ts';
import { countersOf, describeLive, inNamespace } from './kit.ts';

const BOTH = ['--addr', '10.80.0.2/24', '--addr', 'fd80::2/64'];

describeLive('curl fetches from the engine', ['curl'], () => {
  it.each([
    ['IPv4', 'http://10.80.0.2'],
    ['IPv6', 'http://[fd80::2]'],
  ])(
    'a page of 1 MB, byte for byte, over %s',
    (_, url) =>
      inNamespace(async (ns) => {
        await ns.serve(...BOTH);
        const { code, stdout, stderr } = await ns.run('curl', '-sSf', '-m', '20', `${url}/bytes/1048576`);
        expect(stderr).toBe('');
        expect(code).toBe(0);
        expect(stdout.equals(patternBytes(0, 1_048_576))).toBe(true);
      })(),
    60_000,
  );

  it(
    'ten megabytes, byte for byte',
    inNamespace(async (ns) => {
      await ns.serve();
      const { code, stdout } = await ns.run('curl', '-sSf', '-m', '50', 'http://10.80.0.2/bytes/10000000');
      expect(code).toBe(0);
      expect(stdout.equals(patternBytes(0, 10_000_000))).toBe(true);
    }),
    90_000,
  );

  it(
    'two pages and an error over one connection',
    inNamespace(async (ns) => {
      const server = await ns.serve('--port', '8080');
      const base = 'http://10.80.0.2:8080';
      const format = ['-w', '%{http_code} %{num_connects} %{size_download}\\n', '-o', '/dev/null'];
      const urls = [`${base}/`, `${base}/bytes/100000`, `${base}/none`].flatMap((url) => [
        url,
        '-o',
        '/dev/null',
      ]);
      const { stdout } = await ns.run('curl', '-sS', '-m', '20', ...format, ...urls);
      expect(stdout.toString().trim().split('\n')).toEqual(['200 1 98', '200 0 100000', '404 0 14']);
      expect(countersOf((await server.stop()).stdout).TcpPassiveOpens).toBe(1);
    }),
    60_000,
  );
});

describeLive('a capture of live traffic', ['curl', 'tshark'], () => {
  it(
    'has no malformed packet and no bad checksum for tshark, and says why packets were dropped',
    inNamespace(async (ns) => {
      const file = join(ns.folder, 'live.pcapng');
      const server = await ns.serve(...BOTH, '--pcap', file, '--drop-syn', '1');
      const urls = ['http://10.80.0.2/bytes/300000', 'http://[fd80::2]/', 'http://10.80.0.2:81/'];
      for (const url of urls) await ns.run('curl', '-s', '-m', '20', '-o', '/dev/null', url);
      await server.stop();
      const checks = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE'];
      const tshark = async (filter: string, ...more: string[]): Promise<string> => {
        const { code, stdout, stderr } = await ns.run('tshark', '-r', file, ...checks, '-Y', filter, ...more);
        expect(code, stderr).toBe(0);
        return stdout.toString();
      };
      const bad =
        '_ws.malformed || tcp.checksum.status == "Bad" || ip.checksum.status == "Bad" || icmpv6.checksum.status == "Bad"';
      expect(await tshark(bad)).toBe('');
      const good = await tshark('tcp.checksum.status == "Good"', '-T', 'fields', '-e', 'frame.number');
      expect(good.trim().split('\n').length).toBeGreaterThan(200);
      const comments = await tshark(
        'frame.comment',
        '-T',
        'fields',
        '-e',
        'frame.comment',
        '-e',
        'tcp.flags.syn',
      );
      expect(comments.trim().split('\n')).toEqual(Array(3).fill('lost: drop-syn\t1'));
    }),
    90_000,
  );
});
