// Plays the probes of all claims on all kernels, and writes what came of it: packages/cli/src/claims/verdicts.ts for
// `halfopen explain`, docs/claims.md and its Chinese twin. test/claims.test.ts plays them again and compares.
//
// Usage: npm run claims [-- N21 M4 …]
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { PROFILE_NAMES } from '@halfopen/engine';
import { letterOf, scenariosOfClaim, writtenVerdicts } from '../packages/cli/src/claims/describe.ts';
import { CLAIMS } from '../packages/cli/src/claims/index.ts';
import { libraryOf } from '../packages/cli/src/claims/library.ts';
import { playClaim } from '../packages/cli/src/claims/play.ts';

/** @typedef {import('../packages/cli/src/claims/play.ts').Verdict | null} Verdict */
/** Of each claim a verdict for each kernel, newest first. @typedef {ReadonlyMap<string, readonly Verdict[]>} Verdicts */

export const PATHS = {
  verdicts: 'packages/cli/src/claims/verdicts.ts',
  en: 'docs/claims.md',
  zh: 'docs/claims.zh-CN.md',
};

/** @param {string} path */
const readText = (path) => readFileSync(path, 'utf8');
const io = { readText };

const GROUPS = [
  { from: 1, to: 23, letter: 'N', en: 'Inside the handshake', zh: '握手的内部' },
  { from: 24, to: 32, letter: 'N', en: 'Anomalies', zh: '异常' },
  { from: 33, to: 39, letter: 'N', en: 'Remedies', zh: '解决办法' },
  { from: 40, to: 42, letter: 'N', en: 'Blocking I/O in the kernel', zh: '内核中的阻塞 I/O' },
  { from: 1, to: 15, letter: 'M', en: 'Myths', zh: '常见误解' },
];

/** @param {(typeof GROUPS)[number]} group */
const idsOf = ({ from, to, letter }) =>
  Array.from({ length: to - from + 1 }, (_, i) => `${letter}${from + i}`);

const WORDS = {
  en: { true: 'true', partly: 'partly', false: 'false', none: 'not tested' },
  zh: { true: '成立', partly: '部分成立', false: '不成立', none: '未测' },
};

/** Oldest kernel first: `true` or `2.6.32 … 3.10 true, 4.4 … 6.18 partly`. @param {readonly Verdict[]} verdicts @param {'en' | 'zh'} lang */
function verdictText(verdicts, lang) {
  /** @type {{ word: string, kernels: string[] }[]} */
  const runs = [];
  for (const [i, kernel] of [...PROFILE_NAMES].reverse().entries()) {
    const word = WORDS[lang][verdicts[verdicts.length - 1 - i] ?? 'none'];
    const last = runs[runs.length - 1];
    if (last?.word === word) last.kernels.push(kernel);
    else runs.push({ word, kernels: [kernel] });
  }
  if (runs.length === 1) return `**${runs[0]?.word}**`;
  const parts = runs.map(({ word, kernels }) => {
    const span = kernels.length === 1 ? kernels[0] : `${kernels[0]} … ${kernels[kernels.length - 1]}`;
    return `${span} **${word}**`;
  });
  return parts.join(lang === 'zh' ? '，' : ', ');
}

/** @param {string} text */
const cell = (text) => text.replaceAll('|', '\\|');

/** @param {Verdicts} all @param {'en' | 'zh'} lang */
function tables(all, lang) {
  const t = lang === 'zh' ? 1 : 0;
  const heads = [
    '| # | Statement | Verdict by runs | What holds | Scenarios |',
    '| 编号 | 论断 | 运行得出的结论 | 实际情况 | 场景 |',
  ];
  return GROUPS.flatMap((group) => [
    `## ${group[lang]}`,
    '',
    heads[t],
    '| --- | --- | --- | --- | --- |',
    ...idsOf(group).map((id) => {
      const claim = CLAIMS[id];
      const names = scenariosOfClaim(id, io).map((name) => `\`${name}\``);
      const shown = names.join(lang === 'zh' ? '、' : ', ') || '-';
      const verdict = verdictText(all.get(id) ?? [], lang);
      return `| ${id} | ${cell(claim?.says[t] ?? '')} | ${verdict} | ${cell(claim?.holds[t] ?? '')} | ${shown} |`;
    }),
    '',
  ]);
}

/** What was expected, probe by probe. @param {'en' | 'zh'} lang */
function probes(lang) {
  const t = lang === 'zh' ? 1 : 0;
  const own = ['a run of its own', '单独的运行'][t];
  const rows = Object.entries(CLAIMS).flatMap(([id, claim]) =>
    claim.probes.map((probe, i) => {
      const variant = probe.variant === undefined ? '' : ` (${probe.variant})`;
      const where =
        typeof probe.scenario === 'string' ? `\`${probe.scenario}\`${variant}` : `${own}${variant}`;
      const lines = probe.expect.map((line) => `\`${line}\``).join('<br>');
      const kernels = probe.kernels === undefined ? '' : ` (${probe.kernels.join(', ')})`;
      return `| ${i === 0 ? id : ''} | ${cell(probe.part?.[t] ?? '')}${kernels} | ${where} | ${cell(lines)} |`;
    }),
  );
  const head = ['| # | Part | Run | Holds where |', '| 编号 | 哪一部分 | 运行 | 何时成立 |'][t];
  return [head, '| --- | --- | --- | --- |', ...rows];
}

const INTRO = {
  en: `# Claims

[中文](claims.zh-CN.md)

What the study notes on the handshake say (N1 to N42), and fifteen popular claims (M1 to M15), each tested. This page is
written by \`npm run claims\` from runs on the kernel profiles ${[...PROFILE_NAMES].reverse().join(', ')}; nothing in the column of verdicts is
written by hand. A verdict is **true** when all that was expected of the runs held, **false** when none of it did, **partly**
when a part of the statement holds. \`halfopen explain N21\` shows one of them. What the incidents S01 to S34 are is in
[statements](statements.md).
`,
  zh: `# 论断

[English](claims.md)

关于握手的学习笔记中的论断（N1 到 N42），以及十五个流行的说法（M1 到 M15），逐一检验。本页由 \`npm run claims\` 根据在内核配置
${[...PROFILE_NAMES].reverse().join('、')} 上的运行写出；结论一列没有任何手写的内容。对运行的期望全部满足时结论为**成立**，
一条也不满足时为**不成立**，论断只有一部分成立时为**部分成立**。\`halfopen explain N21\` 显示其中一条。事故 S01 到 S34 见
[论断与事故](statements.zh-CN.md)。
`,
};

const HOW = {
  en: `## How each was tested

The lines are those of [\`expect\`](scenarios.md#expect); a run of its own stands in the sources
(\`packages/cli/src/claims\`). Where the second column names kernels, the run was made on these only.
`,
  zh: `## 怎样检验

各行写法见 [\`expect\`](scenarios.zh-CN.md#expect)；单独的运行写在源码里（\`packages/cli/src/claims\`）。第二列注明内核时，只在这些
内核上运行。
`,
};

/** @param {Verdicts} all @param {'en' | 'zh'} lang */
const page = (all, lang) => `${[INTRO[lang], ...tables(all, lang), HOW[lang], ...probes(lang)].join('\n')}\n`;

/** @param {Verdicts} all */
const source = (
  all,
) => `// Written by \`npm run claims\` from runs; do not edit. A letter for each kernel, newest first: t(rue), p(artly), f(alse),
// - (not tested).

export const VERDICTS = \`
${[...all].map(([id, verdicts]) => `${id}=${verdicts.map(letterOf).join('')}\n`).join('')}\`;
`;

/** Plays these claims; of the others what is written stays. @param {readonly string[]} ids */
async function playAll(ids) {
  const library = libraryOf(io.readText);
  const all = new Map();
  for (const [id, claim] of Object.entries(CLAIMS)) {
    if (ids.length > 0 && !ids.includes(id)) {
      all.set(id, writtenVerdicts(id));
      continue;
    }
    const played = await playClaim(claim, library);
    all.set(
      id,
      played.map((v) => v.verdict),
    );
  }
  return all;
}

/** The pages and the source, by path. @param {Verdicts} all */
export const claimFiles = (all) => ({
  [PATHS.verdicts]: source(all),
  [PATHS.en]: page(all, 'en'),
  [PATHS.zh]: page(all, 'zh'),
});

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const [path, text] of Object.entries(claimFiles(await playAll(process.argv.slice(2)))))
    writeFileSync(join(root, path), text);
}
