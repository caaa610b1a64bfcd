import { expect, test } from 'vitest';
import { must } from '../../test-kit/host.ts';
import { Raw } from '../../test-kit/raw.ts';

const option = (raw: Raw, fd: number, name: 'TCP_WINDOW_CLAMP' | 'TCP_INFO'): unknown =>
  must(raw.kernel.getsockopt(raw.task, fd, name));

test('TCP_WINDOW_CLAMP of the listener is the clamp of its children', () => {
  const raw = new Raw().set('TCP_WINDOW_CLAMP', 50_000);
  raw.connect(1);
  expect(option(raw, raw.accept() as number, 'TCP_WINDOW_CLAMP')).toBe(50_000);
});

test('a handshake that begins at time 0 gives a round trip sample', () => {
  const raw = new Raw();
  raw.syn(1);
  raw.until(0.001);
  raw.ack(1);
  expect(option(raw, raw.accept() as number, 'TCP_INFO')).toMatchObject({ rttUs: 1000 });
});
