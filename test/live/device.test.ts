// The device comes and goes with the command, and a user without the right to make one is told what is missing.
import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { describeLive, inNamespace, liveCommand, Running } from './kit.ts';

describeLive('the device', [], () => {
  it.each([
    ['SIGINT', 0],
    ['SIGTERM', 0],
    ['SIGKILL', null],
  ] as const)(
    'is gone after %s',
    (signal, exitCode) =>
      inNamespace(async (ns) => {
        const server = await ns.serve('--tun', 'test%d');
        expect(ns.devices()).toEqual(['test0']);
        const { code } = await server.stop(signal);
        expect(code).toBe(exitCode);
        expect(ns.devices()).toEqual([]);
      })(),
    30_000,
  );

  it(
    'is refused when its subnet is in use, and nothing is left behind',
    inNamespace(async (ns) => {
      await ns.serve();
      const { code, stderr } = await ns.live().finished;
      expect(code).toBe(3);
      expect(stderr).toContain('10.80.0.2/24 overlaps 10.80.0.1/24 on halfopen0');
      expect(stderr).toContain('choose another subnet with --addr');
      expect(ns.devices()).toEqual(['halfopen0']);
    }),
    30_000,
  );

  it(
    'may not take the name of another device',
    inNamespace(async (ns) => {
      const { code, stderr } = await ns.live('--tun', 'lo').finished;
      expect(code).toBe(2);
      expect(stderr).toContain('choose a name with --tun');
    }),
    30_000,
  );
});

const NOBODY = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'];

/** Node and the sources must be readable for that user, or the test would say nothing about our message. */
const nobodyCanRun = (): boolean => {
  const [node, ...args] = liveCommand(['--help']);
  return spawnSync('setpriv', [...NOBODY.slice(1), node, ...args]).status === 0;
};

describeLive('a user without rights', ['setpriv', 'mknod', 'mount'], () => {
  it.runIf(nobodyCanRun())(
    'is told that the device may not be opened, and how to go on: exit code 3',
    inNamespace(async (ns) => {
      const closed = 'mount -t tmpfs none /dev/net && mknod -m 0600 /dev/net/tun c 10 200 && exec "$@"';
      const { code, stderr } = await ns
        .run('unshare', '-m', 'sh', '-c', closed, 'sh', ...NOBODY, ...liveCommand([]))
        .catch((e) => {
          throw e;
        });
      expect(stderr).toContain('/dev/net/tun: EACCES: this user may not open it (mode 0600)');
      expect(stderr).toContain("unshare -Urn sh -c 'timeout 10 halfopen live & ");
      expect(code).toBe(3);
    }),
    30_000,
  );

  it.runIf(nobodyCanRun())(
    'is told that the capability is missing when the device itself may be opened: exit code 3',
    inNamespace(async (ns) => {
      const open = 'mount -t tmpfs none /dev/net && mknod -m 0666 /dev/net/tun c 10 200 && exec "$@"';
      const { code, stderr } = await ns.run(
        'unshare',
        '-m',
        'sh',
        '-c',
        open,
        'sh',
        ...NOBODY,
        ...liveCommand([]),
      );
      expect(stderr).toContain('CAP_NET_ADMIN is missing');
      expect(stderr).toContain("unshare -Urn sh -c 'timeout 10 halfopen live & ");
      expect(code).toBe(3);
    }),
    30_000,
  );

  it.runIf(nobodyCanRun())(
    'can run it in a user namespace of its own, as the message says',
    async (context) => {
      const open = 'mount -t tmpfs none /dev/net && mknod -m 0666 /dev/net/tun c 10 200 && exec "$@"';
      const inner =
        '"$@" > /dev/null & curl -sS -m 5 --retry 15 --retry-delay 1 --retry-all-errors http://10.80.0.2/; kill $!; wait $!';
      const words = [
        '-m',
        'sh',
        '-c',
        open,
        'sh',
        ...NOBODY,
        'unshare',
        '-Urn',
        'sh',
        '-c',
        inner,
        'sh',
        ...liveCommand([]),
      ];
      const { stdout, stderr } = await new Running('unshare', words).finished;
      if (/unshare: .*(?:failed|not permitted)/.test(stderr))
        context.skip(`no user namespaces here: ${stderr.trim()}`);
      expect(stdout.toString(), stderr).toContain('This page came from halfopen');
    },
    30_000,
  );
});
