import { describe, expect, it } from 'vitest';
import { createWorld, type Program, readScenario, type Sys, SysError, type World } from './index.ts';

const PORT = 80;
const MS = 1e6;

/** A world with one custom program on each of the named places. */
function worldOf(
  programs: { [name: string]: Program },
  places: { [name: string]: 'client' | 'server' },
  faults: readonly object[] = [],
): World {
  const scenario = readScenario({
    format: 1,
    name: 'test',
    duration: '100s',
    hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
    links: [{ between: ['client', 'server'], latency: '10ms' }],
    faults,
    processes: Object.entries(places).map(([name, host]) => ({ name, host, program: 'custom', call: name })),
  });
  return createWorld(scenario, { programs });
}

async function listener(sys: Sys, backlog = 8): Promise<number> {
  const fd = await sys.socket();
  await sys.setsockopt(fd, 'SO_REUSEADDR', 1);
  await sys.bind(fd, { host: '0.0.0.0', port: PORT });
  await sys.listen(fd, backlog);
  return fd;
}

async function errno(call: Promise<unknown>): Promise<string> {
  try {
    await call;
    return 'ok';
  } catch (error) {
    if (error instanceof SysError) return error.code;
    throw error;
  }
}

/** Runs two programs, one on each host. */
async function run(server: Program, client: Program): Promise<World> {
  const world = worldOf({ server, client }, { server: 'server', client: 'client' });
  await world.run();
  return world;
}

const noop: Program = async () => {};

describe('blocking calls', () => {
  it('accept() waits for a connection, recv() for data', async () => {
    const seen: [string, number][] = [];
    await run(
      async (sys) => {
        const fd = await listener(sys);
        const { fd: c, peer } = await sys.accept(fd);
        seen.push([`accept from ${peer.host}`, sys.now()]);
        const data = await sys.recv(c, 100);
        seen.push([`recv ${data.length}`, sys.now()]);
        seen.push([`eof ${(await sys.recv(c, 100)).length}`, sys.now()]);
      },
      async (sys) => {
        const fd = await sys.socket();
        await sys.connect(fd, { host: 'server', port: PORT });
        seen.push(['connected', sys.now()]);
        await sys.sleep(100 * MS);
        await sys.send(fd, new Uint8Array(5));
        await sys.sleep(100 * MS);
        await sys.close(fd);
      },
    );
    expect(seen).toEqual([
      ['connected', 20 * MS],
      ['accept from 10.0.0.1', 30 * MS],
      ['recv 5', 130 * MS],
      ['eof 0', 230 * MS],
    ]);
  });

  it('gives a refused connection ECONNREFUSED after one round trip', async () => {
    let result: unknown[] = [];
    await run(noop, async (sys) => {
      const fd = await sys.socket();
      result = [await errno(sys.connect(fd, { host: 'server', port: PORT })), sys.now()];
    });
    expect(result).toEqual(['ECONNREFUSED', 20 * MS]);
  });

  it('SO_RCVTIMEO ends accept() and recv() with EAGAIN', async () => {
    const seen: unknown[] = [];
    await run(
      async (sys) => {
        const fd = await listener(sys);
        await sys.setsockopt(fd, 'SO_RCVTIMEO', 300 * MS);
        const start = sys.now();
        seen.push(await errno(sys.accept(fd)), sys.now() - start);
        const { fd: c } = await sys.accept(fd);
        await sys.setsockopt(c, 'SO_RCVTIMEO', 50 * MS);
        const then = sys.now();
        seen.push(await errno(sys.recv(c, 10)), sys.now() - then);
      },
      async (sys) => {
        await sys.sleep(400 * MS);
        const fd = await sys.socket();
        await sys.connect(fd, { host: 'server', port: PORT });
        await sys.sleep(1000 * MS);
      },
    );
    expect(seen).toEqual(['EAGAIN', 300 * MS, 'EAGAIN', 50 * MS]);
  });

  it('SO_SNDTIMEO ends connect() with EINPROGRESS, and the next one with EALREADY', async () => {
    const seen: unknown[] = [];
    await run(noop, async (sys) => {
      const fd = await sys.socket();
      await sys.setsockopt(fd, 'SO_SNDTIMEO', 500 * MS);
      seen.push(await errno(sys.connect(fd, { host: '10.0.0.99', port: PORT })), sys.now());
      seen.push(await errno(sys.connect(fd, { host: '10.0.0.99', port: PORT })), sys.now());
    });
    expect(seen).toEqual(['EINPROGRESS', 500 * MS, 'EALREADY', 1000 * MS]);
  });

  it('O_NONBLOCK: EAGAIN and EINPROGRESS at once, poll() tells when it is done', async () => {
    const seen: unknown[] = [];
    await run(
      async (sys) => {
        const fd = await listener(sys);
        await sys.setNonblocking(fd, true);
        seen.push(await errno(sys.accept(fd)));
        await sys.poll([{ fd, events: 1 }], Number.POSITIVE_INFINITY);
        seen.push(['acceptable', sys.now()]);
      },
      async (sys) => {
        const fd = await sys.socket('AF_INET', { nonblock: true });
        seen.push(await errno(sys.connect(fd, { host: 'server', port: PORT })), sys.now());
        const masks = await sys.poll([{ fd, events: 4 }], 1000 * MS);
        seen.push(['writable', masks, sys.now()], await sys.getsockopt(fd, 'SO_ERROR'));
        seen.push(await errno(sys.connect(fd, { host: 'server', port: PORT })));
        seen.push(await errno(sys.connect(fd, { host: 'server', port: PORT })));
      },
    );
    expect(seen).toEqual([
      'EAGAIN',
      'EINPROGRESS',
      0,
      ['writable', [4], 20 * MS],
      null,
      'ok',
      'EISCONN',
      ['acceptable', 30 * MS],
    ]);
  });

  it('poll() ends with nothing when its time is up', async () => {
    let result: unknown;
    await run(noop, async (sys) => {
      const fd = await listener(sys);
      result = [await sys.poll([{ fd, events: 1 }], 70 * MS), sys.now()];
    });
    expect(result).toEqual([[0], 70 * MS]);
  });

  it('a blocking send() waits until all is queued; with SO_SNDTIMEO it gives what was', async () => {
    const seen: unknown[] = [];
    const megabyte = new Uint8Array(1e6);
    await run(
      async (sys) => {
        const fd = await listener(sys);
        const { fd: a } = await sys.accept(fd);
        const { fd: b } = await sys.accept(fd);
        await sys.sleep(2000 * MS);
        for (const c of [a, b]) for (let got = 1; got > 0; ) got = (await sys.recv(c, 65536)).length;
      },
      async (sys) => {
        const slow = await sys.socket();
        const hasty = await sys.socket();
        for (const fd of [slow, hasty]) {
          await sys.setsockopt(fd, 'SO_SNDBUF', 20_000);
          await sys.connect(fd, { host: 'server', port: PORT });
        }
        await sys.setsockopt(hasty, 'SO_SNDTIMEO', 300 * MS);
        const start = sys.now();
        const part = await sys.send(hasty, megabyte);
        seen.push(
          part > 0 && part < 1e6,
          sys.now() - start >= 300 * MS,
          await errno(sys.send(hasty, megabyte)),
        );
        await sys.close(hasty);
        seen.push(await sys.send(slow, megabyte), sys.now() > 2000 * MS);
        await sys.close(slow);
      },
    );
    expect(seen.slice(0, 2)).toEqual([true, true]);
    expect(seen.slice(3)).toEqual([1e6, true]);
  });

  it('SO_RCVLOWAT: recv() waits for that many bytes', async () => {
    let got: unknown;
    await run(
      async (sys) => {
        const { fd } = await sys.accept(await listener(sys));
        await sys.setsockopt(fd, 'SO_RCVLOWAT', 10);
        got = [(await sys.recv(fd, 100)).length, sys.now() > 500 * MS];
      },
      async (sys) => {
        const fd = await sys.socket();
        await sys.connect(fd, { host: 'server', port: PORT });
        await sys.send(fd, new Uint8Array(4));
        await sys.sleep(500 * MS);
        await sys.send(fd, new Uint8Array(8));
        await sys.sleep(500 * MS);
      },
    );
    expect(got).toEqual([12, true]);
  });

  it('close() lingers until the data is acknowledged', async () => {
    let took = 0;
    await run(
      async (sys) => {
        const { fd } = await sys.accept(await listener(sys));
        await sys.sleep(1000 * MS);
        await sys.close(fd);
      },
      async (sys) => {
        const fd = await sys.socket();
        await sys.connect(fd, { host: 'server', port: PORT });
        await sys.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 5 });
        await sys.send(fd, new Uint8Array(100));
        const start = sys.now();
        await sys.close(fd);
        took = sys.now() - start;
      },
    );
    // One round trip, and the 40 ms by which a receiver that is not reading delays the ACK of a FIN (tcp_fin enters
    // ping-pong mode).
    expect(took).toBe(60 * MS);
  });

  it('close() lingers no longer than it was told', async () => {
    let took = 0;
    const server: Program = async (sys) => {
      await sys.accept(await listener(sys));
      await sys.sleep(10e9);
    };
    const client: Program = async (sys) => {
      const fd = await sys.socket();
      await sys.connect(fd, { host: 'server', port: PORT });
      await sys.setsockopt(fd, 'SO_LINGER', { on: true, seconds: 2 });
      const start = sys.now();
      await sys.close(fd);
      took = sys.now() - start;
    };
    const world = worldOf({ server, client }, { server: 'server', client: 'client' }, [{ drop: 'fin' }]);
    await world.run();
    expect(took).toBe(2e9);
  });
});

describe('accept() by several processes of one listener', () => {
  it('wakes them one for each connection, first come first served', async () => {
    const scenario = readScenario({
      format: 1,
      name: 'workers',
      duration: '10s',
      hosts: { client: { address: '10.0.0.1' }, server: { address: '10.0.0.2' } },
      processes: [
        { host: 'server', program: 'server', port: PORT, workers: 3, request: 1, think: '1s' },
        {
          host: 'client',
          program: 'client',
          to: 'server:80',
          request: 1,
          count: 5,
          interval: '10ms',
          hold: '3s',
        },
      ],
    });
    const world = createWorld(scenario);
    await world.run();
    const accepts = world.state.recorder.events.filter(
      (e) => e.type === 'call' && e.call.startsWith('accept('),
    );
    const who = accepts.map((e) => (e.type === 'call' ? [e.process, Math.round(e.atNs / 1e7)] : []));
    expect(who).toEqual([
      ['server#1', 0],
      ['server#2', 1],
      ['server#3', 2],
      ['server#1', 100],
      ['server#2', 101],
    ]);
  });
});

describe('the rule that a program awaits only calls of Sys', () => {
  const alone = (program: Program): Promise<void> => worldOf({ p: program }, { p: 'client' }).run();

  it('names a program that awaits something else, and where it was', async () => {
    const waits: Program = async (sys) => {
      await sys.socket();
      await new Promise(() => {});
    };
    await expect(alone(waits)).rejects.toThrow(
      'process p: awaits something that is not a call of Sys, after socket(AF_INET, SOCK_STREAM)',
    );
  });

  it('names a program that waits for the real clock', async () => {
    await expect(alone(() => new Promise((resolve) => setTimeout(resolve, 5)))).rejects.toThrow(
      'process p: awaits something that is not a call of Sys, after its start',
    );
  });

  it('names a program that makes two calls at once', async () => {
    const both: Program = async (sys) => {
      await Promise.all([sys.sleep(5), sys.socket()]);
    };
    await expect(alone(both)).rejects.toThrow(
      /process p: called socket.* while sleep\(5ns\) was still under way/,
    );
  });

  it('names a program that ends in the middle of a call', async () => {
    const leaves: Program = async (sys) => {
      sys.sleep(5);
    };
    await expect(alone(leaves)).rejects.toThrow('process p: ended while sleep(5ns) was still under way');
  });

  it('names a program that fell over', async () => {
    const falls: Program = async (sys) => {
      await sys.sleep(5);
      throw new TypeError('x is not a function');
    };
    await expect(alone(falls)).rejects.toThrow('process p: x is not a function (after sleep(5ns))');
  });

  it('names a program that spins without time passing', async () => {
    const spins: Program = async (sys) => {
      for (;;) await sys.sleep(0);
    };
    await expect(alone(spins)).rejects.toThrow(/process p: spins: .* calls and no time passed/);
  }, 30_000);

  it('allows a program to take many turns between its calls', async () => {
    const deep = async (n: number): Promise<number> => (n === 0 ? 0 : 1 + (await deep(n - 1)));
    const nested: Program = async (sys) => {
      await deep(100);
      await sys.sleep(5);
    };
    await expect(alone(nested)).resolves.toBeUndefined();
  });

  it('ends a process whose program lets a failed call through, and closes what it held', async () => {
    const world = worldOf(
      {
        p: async (sys) => {
          await listener(sys);
          await sys.connect(99, { host: 'server', port: 1 });
        },
      },
      { p: 'client' },
    );
    await world.run();
    const lines = world.state.recorder.events.flatMap((e) => (e.type === 'log' ? [e.text] : []));
    expect(lines).toEqual(['ends: connect: EBADF']);
    expect(world.host('client')?.kernel.sockets()).toEqual([]);
  });
});
