// What the source checks share: the files of each package, parsed, and how a breach is printed.
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import ts from 'typescript';

/** Packages that hold no I/O, no clock and no randomness of their own. */
export const purePackages = ['engine', 'simnet', 'packetdrill', 'doctor'];

/**
 * @typedef {{ path: string, package: string, inSrc: string, isTest: boolean, source: ts.SourceFile }} SourceFile
 * `path` is relative to the repository, `inSrc` to the package's src folder; both with forward slashes.
 * @typedef {{ path: string, line: number, message: string }} Breach
 */

/** @param {string} root @returns {SourceFile[]} every TypeScript source of every package, in a stable order */
export function packageSources(root) {
  const packages = join(root, 'packages');
  /** @type {SourceFile[]} */
  const found = [];
  for (const name of readdirSync(packages).sort()) {
    const src = join(packages, name, 'src');
    if (!existsSync(src)) continue;
    for (const entry of readdirSync(src, { recursive: true, encoding: 'utf8' }).sort()) {
      if (!/\.[mc]?tsx?$/.test(entry)) continue;
      const file = join(src, entry);
      found.push({
        path: posix(relative(root, file)),
        package: name,
        inSrc: posix(entry),
        isTest: /\.test\.[mc]?tsx?$/.test(entry),
        source: ts.createSourceFile(file, readFileSync(file, 'utf8'), ts.ScriptTarget.ES2023, true),
      });
    }
  }
  return found;
}

/** @param {ts.SourceFile} source @param {ts.Node} node */
export function lineOf(source, node) {
  return source.getLineAndCharacterOfPosition(node.getStart(source)).line + 1;
}

/**
 * Prints each breach as `file:line message` and one closing line; sets the exit code.
 * @param {Breach[]} breaches @param {string} title @param {number} files
 */
export function report(breaches, title, files) {
  for (const b of breaches) console.log(`${b.path}:${b.line} ${b.message}`);
  console.log(
    `${title}: ${files} files, ${breaches.length} ${breaches.length === 1 ? 'breach' : 'breaches'}`,
  );
  if (breaches.length > 0) process.exitCode = 1;
}

/** @param {string} path */
function posix(path) {
  return path.split(sep).join('/');
}
