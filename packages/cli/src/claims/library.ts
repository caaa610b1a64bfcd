// Scenarios of the library as plain data, for probes.

import { libraryFile } from '../scenario-file/library.ts';
import { withoutOurs } from '../scenario-file/presentation.ts';
import { parseYaml } from '../scenario-file/yaml-document.ts';
import type { Library } from './play.ts';

export const libraryOf =
  (readText: (path: string) => string): Library =>
  (name) => {
    const file = libraryFile(name);
    const yaml = file === null ? null : parseYaml(readText(file));
    if (yaml?.ok !== true) throw new Error(`no scenario ${name}`);
    return withoutOurs(yaml.data) as Readonly<Record<string, unknown>>;
  };
