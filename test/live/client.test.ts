// The engine as the client of a real server.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { patternBytes } from '../../packages/linux/src/programs/pattern.ts';
import { describeLive, eventsOf, inNamespace, type Namespace, type Running, sleep } from './kit.ts';

/** nginx in the foreground with everything it writes in the namespace's folder. */
async function nginx(ns: Namespace): Promise<Running> {
  const { folder } = ns;
  const config = `
    daemon off; master_process off; worker_processes 1; pid ${folder}/pid; error_log ${folder}/error.log;
    events { worker_connections 64; }
    http {
      access_log off; client_body_temp_path ${folder}/b; proxy_temp_path ${folder}/p; fastcgi_temp_path ${folder}/f;
      uwsgi_temp_path ${folder}/u; scgi_temp_path ${folder}/s;
      server { listen 80; listen [::]:80; root ${folder}; }
    }`;
  writeFileSync(join(folder, 'nginx.conf'), config);
  const running = ns.start('nginx', '-c', join(folder, 'nginx.conf'), '-e', join(folder, 'error.log'));
  for (let n = 0; n < 100; n++) {
    const { stdout } = await ns.run('ss', '-ltnH');
    if (stdout.toString().includes(':80 ')) return running;
    await sleep(50);
  }
  throw new Error(`nginx does not listen: ${running.stderr}`);
}

describeLive('a real nginx serves the engine', ['nginx', 'ss'], () => {
  it.each([
    ['IPv4', '10.80.0.1:80'],
    ['IPv6', '[fd80::1]:80'],
  ])(
    'a page of 1 MB, byte for byte, over %s',
    (_, to) =>
      inNamespace(async (ns) => {
        writeFileSync(join(ns.folder, 'page'), patternBytes(0, 1_000_000));
        await nginx(ns);
        const { code, stdout, stderr } = await ns.live('--connect', to, '--http', '/page', '--bytes')
          .finished;
        expect(code, stderr).toBe(0);
        expect(stdout.equals(patternBytes(0, 1_000_000))).toBe(true);
        expect(stderr).toContain('-> S 0:0(0)');
        expect(stderr).toContain('HTTP status 200');
        expect(ns.devices()).toEqual([]);
      })(),
    60_000,
  );

  it(
    'again and again, though the server keeps TIME-WAIT for each connection',
    inNamespace(async (ns) => {
      writeFileSync(join(ns.folder, 'page'), 'hello\n');
      await nginx(ns);
      for (let n = 0; n < 3; n++) {
        const { code, stdout } = await ns.live(
          '--connect',
          '10.80.0.1:80',
          '--http',
          '/page',
          '--seed',
          '7',
          '--json',
        ).finished;
        expect(code).toBe(0);
        const { result } = eventsOf(stdout).find((e) => e.event === 'result') as unknown as {
          result: { connectNs: number };
        };
        expect(result.connectNs).toBeLessThan(500e6);
      }
    }),
    60_000,
  );

  it(
    'a page that is not there: exit code 1',
    inNamespace(async (ns) => {
      await nginx(ns);
      const { code, stdout } = await ns.live('--connect', '10.80.0.1:80', '--http', '/none').finished;
      expect(code).toBe(1);
      expect(stdout.toString()).toContain('HTTP status 404');
    }),
    60_000,
  );
});

describeLive('a connection that cannot be', [], () => {
  it(
    'is refused by a closed port: ECONNREFUSED and exit code 1',
    inNamespace(async (ns) => {
      const { code, stdout } = await ns.live('--connect', '10.80.0.1:81').finished;
      expect(code).toBe(1);
      expect(stdout.toString()).toMatch(/-> S 0:0\(0\).*\n(.*\n)*.*<- R\. /);
      expect(stdout.toString()).toContain('connect() failed: ECONNREFUSED');
    }),
    30_000,
  );
});
