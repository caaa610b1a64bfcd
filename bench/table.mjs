// The table of a run: one line a measure.

/**
 * @typedef {object} Row
 * @property {string} what
 * @property {string} value
 * @property {string} [floor] The same measure of the floor, in the same run.
 * @property {number} [ratio] Value over floor, 1 = as fast.
 * @property {string} [goal]
 * @property {boolean} [failed] A claim that must hold did not.
 */

/** @param {number} perSecond */
export function rate(perSecond) {
  if (perSecond >= 1e6) return `${(perSecond / 1e6).toFixed(2)} M/s`;
  return `${(perSecond / 1e3).toFixed(perSecond < 1e4 ? 1 : 0)} k/s`;
}

/** A row of two costs in ns. @param {string} what @param {number} ns @param {number} floorNs @param {string} [goal] @returns {Row} */
export const rateRow = (what, ns, floorNs, goal = '') => ({
  what,
  value: rate(1e9 / ns),
  floor: rate(1e9 / floorNs),
  ratio: floorNs / ns,
  goal,
});

/** @param {Row[]} rows */
export function formatTable(rows) {
  const lines = [
    ['measure', 'halfopen', 'floor', 'of floor', 'goal'],
    ...rows.map((row) => [
      row.what,
      row.failed === true ? `FAILED: ${row.value}` : row.value,
      row.floor ?? '-',
      row.ratio === undefined ? '-' : `${(row.ratio * 100).toFixed(row.ratio < 0.01 ? 1 : 0)} %`,
      row.goal ?? '',
    ]),
  ];
  const widths = [0, 1, 2, 3, 4].map((i) => Math.max(...lines.map((line) => (line[i] ?? '').length)));
  const text = lines.map((line) => `| ${line.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`);
  const rule = `| ${widths.map((w) => '-'.repeat(w)).join(' | ')} |`;
  return [text[0], rule, ...text.slice(1)].join('\n');
}
