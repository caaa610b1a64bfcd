// Which variant of a scenario a command is about: the one that was asked for, or all.

import { nearest } from '@halfopen/simnet';
import type { Lang, Messages } from '../messages/index.ts';
import { type Outcome, wrong } from '../outcome.ts';
import type { LoadedScenario } from './load.ts';
import type { FilePresentation } from './presentation.ts';

const titled = (p: FilePresentation, lang: Lang, title: string): string =>
  title === '' ? p.title[lang] : `${p.title[lang]} (${title})`;

/** The words of a file about one variant: its title stands behind that of the scenario. */
function presentationOf(p: FilePresentation, index: number): FilePresentation {
  const own = p.variants[index];
  if (own === undefined) return p;
  const title = {
    en: titled(p, 'en', own.title.en === '' ? own.name : `${own.name}: ${own.title.en}`),
    zh: titled(p, 'zh', own.title.zh === '' ? own.name : `${own.name}：${own.title.zh}`),
  };
  return { ...p, title, variants: [] };
}

/** The scenario with that variant in its place; as it was when none is asked for. */
export function chooseVariant(
  loaded: LoadedScenario,
  name: string | undefined,
  m: Messages,
): LoadedScenario | Outcome {
  if (name === undefined) return loaded;
  const { variants, presentation, scenario } = loaded;
  if (variants.length === 0) return wrong(m.errors.noVariants(scenario.name));
  const names = variants.map((v) => v.name);
  const index = names.indexOf(name);
  const chosen = variants[index];
  if (chosen === undefined) {
    const near = nearest(name, names);
    const hint = near === null ? null : m.errors.didYouMean(near);
    return wrong(m.errors.unknownVariant(name, names.join(', ')), hint);
  }
  return {
    scenario: chosen.scenario,
    document: chosen.document,
    presentation: presentationOf(presentation, index),
    variants: [],
    comparisons: [],
  };
}

/** For a command that plays one scenario: refuses one whose variants leave it open which. */
export function theOne(loaded: LoadedScenario, m: Messages): LoadedScenario | Outcome {
  const { variants, scenario } = loaded;
  const [first] = variants;
  if (first === undefined) return loaded;
  const names = variants.map((v) => v.name).join(', ');
  return wrong(m.errors.needsVariant(scenario.name, names), m.errors.chooseVariant(first.name));
}
