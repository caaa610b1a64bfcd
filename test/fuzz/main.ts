// npm run fuzz:diff -- [--side server|client|both] [--seed S] [--count N] [--from I] [--max M] [--whole] | [--case FILE]
// Random cases on the engine and on the kernel of this machine. Exit codes: 0 nothing unexplained differs, 1 something
// does, 2 wrong use, 3 this machine cannot (not Linux, no koffi, no right to make a namespace or a device).

import { readFileSync } from 'node:fs';
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { HostError } from '../../packages/linux/src/libc.ts';
import { type BatchResult, type Found, playBatch, shortest } from './batch.ts';
import type { Case, Side } from './case.ts';
import { Explanations } from './explained.ts';
import { Judge } from './judge.ts';
import { differenceText, transcript } from './report.ts';

const USAGE =
  'usage: npm run fuzz:diff -- [--side server|client|both] [--seed S] [--count N] [--from I] [--max DIFFERENCES] [--whole] | [--case FILE]';

interface Options {
  readonly sides: readonly Side[];
  readonly seed: number;
  readonly count: number;
  readonly from: number;
  readonly max: number;
  readonly whole: boolean;
  readonly file: string | null;
}

const line = (text: string): boolean => process.stdout.write(`${text}\n`);
const note = (text: string): boolean => process.stderr.write(text);

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`--${name} takes a whole number, not ${text}`);
  return Number(text);
}

/** `both` plays one batch after the other. */
const SIDES: { readonly [name: string]: readonly Side[] } = {
  server: ['server'],
  client: ['client'],
  both: ['server', 'client'],
};

function read(args: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...args],
    options: {
      side: { type: 'string', default: 'both' },
      seed: { type: 'string', default: '1' },
      count: { type: 'string', default: '300' },
      from: { type: 'string', default: '0' },
      max: { type: 'string', default: '10' },
      whole: { type: 'boolean', default: false },
      case: { type: 'string' },
    },
  });
  const number = (name: 'seed' | 'count' | 'from' | 'max'): number => wholeNumber(name, values[name]);
  const sides = SIDES[values.side];
  if (sides === undefined) throw new RangeError(`--side takes server, client or both, not ${values.side}`);
  return {
    sides,
    seed: number('seed'),
    count: number('count'),
    from: number('from'),
    max: number('max'),
    whole: values.whole,
    file: values.case ?? null,
  };
}

function show(found: Omit<Found, 'side' | 'seed' | 'index'>, title: string): void {
  line(`--- ${title}`);
  for (const text of transcript(found.one, found.engine, found.linux)) line(text);
  line(differenceText(found.difference));
  line(`as a file for --case: ${JSON.stringify(found.one)}`);
}

function summary({ side, seed, cases, steps, byTiming, found, seconds }: BatchResult): string {
  return [
    `${side}, seed ${seed}: ${cases} cases, ${steps} steps, ${seconds.toFixed(1)} s, Linux ${release()}`,
    `${found.length} unexplained differences, ${byTiming} cases agree within two jiffies`,
  ].join('\n');
}

function batch(judge: Judge, explained: Explanations, options: Options, side: Side): number {
  const terminal = process.stderr.isTTY === true;
  const result = playBatch(judge, explained, {
    ...options,
    side,
    foundMax: options.max,
    onCase: (done, found) => {
      if (terminal && done % 20 === 0) note(`\r${done}/${options.count} cases, ${found} differences`);
    },
  });
  if (terminal) note('\r\u001b[K');
  for (const found of result.found) show(found, `${side} case ${found.index} of seed ${found.seed}`);
  line(summary(result));
  return result.found.length;
}

function batches(judge: Judge, explained: Explanations, options: Options): number {
  const found = options.sides.map((side) => batch(judge, explained, options, side));
  for (const [id, times] of explained.used) line(`explained ${times} times: ${id}`);
  return found.some((n) => n > 0) ? 1 : 0;
}

function replay(judge: Judge, explained: Explanations, file: string): number {
  const one = JSON.parse(readFileSync(file, 'utf8')) as Case;
  const verdict = judge.judge(one, explained.explains);
  if (verdict.difference !== null) {
    show(shortest(judge, explained, one, verdict), file);
    return 1;
  }
  for (const text of transcript(one, verdict.engine, verdict.linux)) line(text);
  line('both kernels agree');
  return 0;
}

async function run(args: readonly string[]): Promise<number> {
  let options: Options;
  try {
    options = read(args);
  } catch (error) {
    note(`${error instanceof Error ? error.message : error}\n${USAGE}\n`);
    return 2;
  }
  let judge: Judge;
  try {
    judge = await Judge.open();
  } catch (error) {
    if (!(error instanceof HostError)) throw error;
    note(`cannot compare with the kernel of this machine: ${error.message}\n${error.hint}\n`);
    return 3;
  }
  try {
    const explained = Explanations.read();
    return options.file === null
      ? batches(judge, explained, options)
      : replay(judge, explained, options.file);
  } finally {
    judge.end();
  }
}

process.exitCode = await run(process.argv.slice(2));
