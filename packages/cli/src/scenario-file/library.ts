// The scenarios that come with the command. The published package has them in its own folder (scripts copy them there
// when it is packed); in the repository they stand at its root.

import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const SUFFIX = '.yaml';

/** In the package, then in the repository; counted from dist/scenario-file or src/scenario-file. */
const PLACES = ['../../scenarios/', '../../../../scenarios/'];

function folder(): URL | null {
  const urls = PLACES.map((place) => new URL(place, import.meta.url));
  return urls.find((url) => existsSync(url)) ?? null;
}

/** Names in alphabetical order. */
export function libraryNames(): string[] {
  const at = folder();
  if (at === null) return [];
  const files = readdirSync(at).filter((file) => file.endsWith(SUFFIX));
  return files.map((file) => file.slice(0, -SUFFIX.length)).sort();
}

/** Path of a scenario of the library, or null. */
export function libraryFile(name: string): string | null {
  const at = folder();
  return at !== null && libraryNames().includes(name) ? fileURLToPath(new URL(name + SUFFIX, at)) : null;
}
