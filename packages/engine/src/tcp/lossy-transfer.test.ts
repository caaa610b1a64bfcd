// Megabytes through loss and reordering arrives intact, with and without SACK, and the books balance at the end.
import { describe, expect, it } from 'vitest';
import { LossyLink } from '../../test-kit/lossy-link.ts';

const MEGABYTE = 1 << 20;

const pattern = (i: number): number => (Math.imul(i, 2654435761) >>> 13) & 255;

interface Outcome {
  received: number;
  wrongAt: number;
  seconds: number;
  client: Map<string, number>;
}

function transfer(link: LossyLink, size = MEGABYTE): Outcome {
  const [from, to] = link.connect();
  link.lossy = true;
  const data = Uint8Array.from({ length: size }, (_, i) => pattern(i));
  let sent = 0;
  let received = 0;
  let wrongAt = -1;
  const start = link.now;
  while (received < size) {
    const put = link.client.send(link.clientTask, from, data.subarray(sent, sent + 65536));
    if (put.ok) sent += put.value;
    link.collect();
    for (;;) {
      const got = link.server.recv(link.serverTask, to, 65536);
      if (!got.ok || got.value.length === 0) break;
      for (const byte of got.value) if (byte !== pattern(received++) && wrongAt < 0) wrongAt = received - 1;
    }
    link.collect();
    if (!link.step()) break;
  }
  return { received, wrongAt, seconds: (link.now - start) / 1e9, client: new Map(link.client.counters()) };
}

describe('1 MB over a bad link', () => {
  for (const sack of [1, 0])
    for (const timestamps of [1, 0])
      for (const seed of [1, 2, 3])
        it(`2 % loss, 3 % reordering, SACK ${sack}, timestamps ${timestamps}, seed ${seed}`, () => {
          const sysctls = { 'net.ipv4.tcp_sack': sack, 'net.ipv4.tcp_timestamps': timestamps };
          const got = transfer(new LossyLink({ seed, loss: 0.02, reorder: 0.03, sysctls }));
          expect(got.received).toBe(MEGABYTE);
          expect(got.wrongAt).toBe(-1);
          expect(got.client.get('TcpRetransSegs') ?? 0).toBeGreaterThan(5);
          expect(got.seconds).toBeLessThan(sack === 1 ? 20 : 60);
        });

  it('10 MB through 2 % loss and reordering arrive intact', () => {
    const got = transfer(new LossyLink({ seed: 9, loss: 0.02, reorder: 0.02 }), 10 * MEGABYTE);
    expect([got.received, got.wrongAt]).toEqual([10 * MEGABYTE, -1]);
    expect(got.client.get('TcpRetransSegs') ?? 0).toBeGreaterThan(100);
  });

  it('a clean link never retransmits', () => {
    const got = transfer(new LossyLink({ seed: 1, loss: 0, reorder: 0 }));
    expect(got.received).toBe(MEGABYTE);
    expect(got.client.get('TcpRetransSegs')).toBeUndefined();
    expect(got.seconds).toBeLessThan(1);
  });

  it('20 % loss arrives too', () => {
    const got = transfer(new LossyLink({ seed: 4, loss: 0.2, reorder: 0.1 }));
    expect([got.received, got.wrongAt]).toEqual([MEGABYTE, -1]);
  });
});
