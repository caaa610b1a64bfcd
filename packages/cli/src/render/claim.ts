// One claim as text: what is said, what the runs say of it kernel by kernel, what holds, and how to see it; 80 columns.

import type { DescribedClaim } from '../claims/describe.ts';
import type { ExplainMessages } from '../explain/messages.ts';
import type { Lang } from '../messages/index.ts';
import type { Paint } from './paint.ts';
import { wrap } from './text.ts';

const COLUMNS = 80;
const INDENT = '  ';

interface Options {
  readonly m: ExplainMessages;
  readonly lang: Lang;
  readonly paint: Paint;
}

const indented = (text: string, by = INDENT): string[] =>
  wrap(text, COLUMNS - by.length).map((line) => by + line);

const section = (head: string, lines: readonly string[], paint: Paint): string[] =>
  lines.length === 0 ? [] : ['', paint.strong(head), ...lines];

/** From the oldest kernel on. */
function verdictLines({ verdicts }: DescribedClaim, { m }: Options): string[] {
  return [...verdicts].reverse().flatMap(({ verdict, kernels }) => {
    const old = [...kernels].reverse();
    const span = old.length > 1 ? `${old[0]} … ${old[old.length - 1]}` : (old[0] as string);
    return indented(m.verdict(verdict, span));
  });
}

function probeLines({ probes }: DescribedClaim, { m, lang }: Options): string[] {
  return probes.flatMap(({ part, scenario, variant, expect }) => {
    const where = scenario === null ? m.ownRun : variant === null ? scenario : `${scenario} (${variant})`;
    const head = part === null ? where : `${part[lang]}: ${where}`;
    return [...indented(head), ...expect.flatMap((line) => indented(line, '      '))];
  });
}

export function renderClaim(claim: DescribedClaim, options: Options): string {
  const { m, lang, paint } = options;
  const scenarios = claim.scenarios.length === 0 ? m.noScenario : claim.scenarios.join(', ');
  const lines = [
    `${paint.strong(claim.name)}  (${m.claim(claim.name[0] === 'M')})`,
    ...indented(claim.says[lang]),
    ...section(m.verdicts, verdictLines(claim, options), paint),
    ...section(
      m.holds,
      [...indented(claim.holds[lang]), ...indented(m.kernel(claim.kernel)).map(paint.dim)],
      paint,
    ),
    ...section(m.tested, probeLines(claim, options), paint),
    ...section(m.scenarios, indented(scenarios), paint),
  ];
  return `${lines.join('\n')}\n`;
}
