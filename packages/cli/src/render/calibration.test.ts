import { readCostProfile } from '@halfopen/simnet';
import { expect, test } from 'vitest';
import { CALIBRATE_CATALOGUES } from '../calibrate/messages.ts';
import { profileText } from '../calibrate/profile.ts';
import { renderCalibration } from './calibration.ts';
import { PLAIN } from './paint.ts';
import { width } from './text.ts';

const MEASURED = { machine: 'some processor, 2 CPUs, Linux 6.18.1', costs: { syscall: 213, connect: 4780 } };

test('measured costs stand beside the default ones; what was not measured is left empty', () => {
  const text = renderCalibration(MEASURED, { file: null, s: CALIBRATE_CATALOGUES.en, paint: PLAIN });
  expect(text).toMatch(/^ {2}syscall +213 ns +190 ns$/m);
  expect(text).toMatch(/^ {2}connect +4\.78 us +5\.01 us$/m);
  expect(text).toMatch(/^ {2}slice +700 us$/m);
  expect(text).toContain('halfopen calibrate --out costs.json');
  expect(Math.max(...text.split('\n').map(width))).toBeLessThanOrEqual(80);
});

test('with a file, the next command uses it; also in Chinese', () => {
  const text = renderCalibration(MEASURED, { file: 'c.json', s: CALIBRATE_CATALOGUES.zh, paint: PLAIN });
  expect(text).toContain('已写入 c.json');
  expect(text).toContain('--costs c.json');
});

test('the profile is what run --costs reads', () => {
  const profile = readCostProfile(JSON.parse(profileText(MEASURED)), 'c.json');
  expect(profile.name).toBe(MEASURED.machine);
  expect(profile.costs).toMatchObject({ ...MEASURED.costs, slice: 700_000 });
});
