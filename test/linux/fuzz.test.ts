// A fixed batch of random servers and one of random clients on the engine and on the real kernel, which must be the one that the profile models.
// Longer batches by hand: npm run fuzz:diff -- --side client --seed S --count N
import { readdirSync, readlinkSync } from 'node:fs';
import { release } from 'node:os';
import { describe, expect, it } from 'vitest';
import { playBatch } from '../fuzz/batch.ts';
import { Explanations } from '../fuzz/explained.ts';
import { Judge } from '../fuzz/judge.ts';
import { differenceText, transcript } from '../fuzz/report.ts';
import { describeLive } from '../live/kit.ts';

/** The kernel that the engine's newest profile was read off. */
const KERNEL = '6.18';
const BATCH = { seed: 1, count: 300 };
const SIDES = ['server', 'client'] as const;
const LIMIT_MS = 120_000;

const openFiles = (): number => readdirSync('/proc/self/fd').length;
const namespace = (): string => readlinkSync('/proc/self/ns/net');

/** Plays a batch of each side; the text of what differs and is not explained. */
function playBoth(judge: Judge, explained: Explanations): string {
  const found = SIDES.flatMap((side) => playBatch(judge, explained, { side, ...BATCH }).found);
  return found
    .map(({ side, index, one, engine, linux, difference }) =>
      [`${side} case ${index}`, ...transcript(one, engine, linux), differenceText(difference)].join('\n'),
    )
    .join('\n\n');
}

function batchTests(): void {
  it(
    'differ in nothing that is not explained, and leave nothing behind',
    async () => {
      const before = { files: openFiles(), namespace: namespace() };
      const judge = await Judge.open();
      const explained = Explanations.read();
      try {
        expect(playBoth(judge, explained)).toBe('');
        for (const { example } of explained.idle()) judge.judge(example, explained.explains);
        expect(explained.idle().map(({ id }) => id)).toEqual([]);
      } finally {
        judge.end();
      }
      expect({ files: openFiles(), namespace: namespace() }).toEqual(before);
    },
    LIMIT_MS,
  );
}

const NAME = `${BATCH.count} random servers and ${BATCH.count} random clients on the engine and on Linux`;

if (process.platform !== 'linux' || release().startsWith(`${KERNEL}.`)) describeLive(NAME, [], batchTests);
else describe.skip(`${NAME} (skipped: this is Linux ${release()}, the profile is ${KERNEL})`, batchTests);
