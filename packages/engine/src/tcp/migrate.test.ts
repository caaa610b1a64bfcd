import { describe, expect, it } from 'vitest';
import { must } from '../../test-kit/host.ts';
import { Raw, SERVER } from '../../test-kit/raw.ts';

const MIGRATE = { 'net.ipv4.tcp_migrate_req': 1 };

/** Another member of the group of the harness's listener, which joins it too. */
function group(raw: Raw): { first: number; second: number } {
  const { kernel, task } = raw;
  must(kernel.close(task, raw.listener));
  const member = (): number => {
    const fd = must(kernel.socket(task, 'AF_INET', 'SOCK_STREAM', true));
    must(kernel.setsockopt(task, fd, 'SO_REUSEPORT', 1));
    must(kernel.bind(task, fd, { family: 'AF_INET', address: SERVER, port: 80 }));
    must(kernel.listen(task, fd, 100));
    return fd;
  };
  return { first: member(), second: member() };
}

const ports = Array.from({ length: 40 }, (_, i) => i + 1);

describe('tcp_migrate_req', () => {
  it('a request moves when its SYN-ACK timer fires, and finishes at the other listener', () => {
    const raw = new Raw({ sysctls: MIGRATE });
    const { first, second } = group(raw);
    for (const port of ports) raw.syn(port);
    must(raw.kernel.close(raw.task, first));
    raw.moved();
    expect(raw.until(1.5).length).toBe(40);
    const { TCPMigrateReqSuccess = 0 } = raw.moved();
    expect(TCPMigrateReqSuccess).toBeGreaterThan(5);
    for (const port of ports) raw.ack(port);
    expect(raw.moved()).toEqual({ TcpPassiveOpens: 40, TcpCurrEstab: 40, TCPPureAcks: 40 });
    for (const _ of ports) expect(raw.kernel.accept(raw.task, second, true).ok).toBe(true);
  });

  it('nothing moves when the last member closes', () => {
    const raw = new Raw({ sysctls: MIGRATE });
    const { first, second } = group(raw);
    raw.syn(1);
    for (const fd of [first, second]) must(raw.kernel.close(raw.task, fd));
    raw.moved();
    expect(raw.ack(1)).toEqual([expect.stringMatching(/^R 1:1/)]);
    expect(raw.kernel.net.listeners.closed.size).toBe(0);
  });

  it('nothing moves when it was off at the time of the close', () => {
    const raw = new Raw();
    const { first } = group(raw);
    for (const port of ports) raw.syn(port);
    must(raw.kernel.close(raw.task, first));
    raw.kernel.setSysctl('net.ipv4.tcp_migrate_req', 1);
    const resets = ports.flatMap((port) => raw.ack(port)).filter((text) => text.startsWith('R'));
    expect(resets.length).toBeGreaterThan(5);
  });
});
