// What the linter has no rule for: words that would make a pure package depend on a locale, on chance, or on
// promises. Biome's noRestrictedGlobals (biome.json) bans the globals: Date, Intl, console, timers.
//
// Usage: node scripts/banned-words.mjs [root]
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { lineOf, packageSources, purePackages, report } from './sources.mjs';

/** @typedef {import('./sources.mjs').Breach} Breach */

/** @param {string} root @returns {{ files: number, breaches: Breach[] }} */
export function checkWords(root) {
  const files = packageSources(root).filter((f) => purePackages.includes(f.package) && !f.isTest);
  /** @type {Breach[]} */
  const breaches = [];
  for (const file of files) {
    /** @param {ts.Node} node */
    const visit = (node) => {
      const message = judge(node, file.package);
      if (message) breaches.push({ path: file.path, line: lineOf(file.source, node), message });
      ts.forEachChild(node, visit);
    };
    visit(file.source);
  }
  return { files: files.length, breaches };
}

/** @param {ts.Node} node @param {string} inPackage */
function judge(node, inPackage) {
  if (ts.isPropertyAccessExpression(node)) {
    const name = node.name.text;
    if (name === 'random' && ts.isIdentifier(node.expression) && node.expression.text === 'Math') {
      return 'Math.random is not seeded; take a random source as an argument';
    }
    if (name === 'localeCompare' || name.startsWith('toLocale')) {
      return `${name} depends on the locale of the machine`;
    }
  }
  if (inPackage !== 'engine') return undefined;
  if (node.kind === ts.SyntaxKind.AsyncKeyword || ts.isAwaitExpression(node)) {
    return 'the engine returns values at once: no async, no await';
  }
  return undefined;
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const { files, breaches } = checkWords(resolve(process.argv[2] ?? '.'));
  report(breaches, 'banned words', files);
}
