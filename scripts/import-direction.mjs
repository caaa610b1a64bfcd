// Keeps the direction of imports: between packages, and between the folders of packages/engine/src.
// Type-only imports count too. Tests may look at any folder of their own package and use Node.
//
// tsc -b does not do this for us: it finds packages through node_modules and takes one that is not referenced for
// somebody else's. So a missing reference is a breach as well; without it the build order would be left to chance.
//
// Usage: node scripts/import-direction.mjs [root]
import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { join, posix, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import ts from 'typescript';
import { lineOf, packageSources, purePackages, report } from './sources.mjs';

/** @typedef {import('./sources.mjs').SourceFile} SourceFile */
/** @typedef {import('./sources.mjs').Breach} Breach */
/** @typedef {{ from: string, to: string, why: string }} Exception */

/** Which packages a package may import. @type {Record<string, string[]>} */
const mayImport = {
  engine: [],
  simnet: ['engine'],
  packetdrill: ['engine', 'simnet'],
  doctor: ['engine'],
  linux: ['engine', 'simnet', 'packetdrill', 'doctor'],
  cli: ['engine', 'simnet', 'packetdrill', 'doctor', 'linux', 'lab'],
  lab: ['engine', 'simnet', 'packetdrill', 'doctor'],
};

/** Which npm packages a pure package may import, at its schema edges. @type {Record<string, string[]>} */
const thirdParty = { engine: [], simnet: ['valibot'], packetdrill: ['valibot'], doctor: ['valibot'] };

/** The folders of engine/src, lowest first; each may import itself and what stands before it. */
const engineOrder = ['leaves', 'wire', 'inet', 'tcp', 'socket', 'kernel.ts', 'index.ts'];

/**
 * Imports inside engine/src which go against the order on purpose, as paths from engine/src, each with its
 * reason. An entry which no import needs any more is a breach.
 * @type {Exception[]}
 */
const engineExceptions = [];

/** @param {string} root @param {Exception[]} [exceptions] @returns {{ files: number, breaches: Breach[] }} */
export function checkImports(root, exceptions = engineExceptions) {
  const files = packageSources(root);
  /** @type {Breach[]} */
  const breaches = [];
  /** @type {Set<Exception>} */
  const used = new Set();
  for (const file of files) {
    if (!mayImport[file.package]) {
      breaches.push({
        path: file.path,
        line: 1,
        message: `package ${file.package} has no place in the order`,
      });
      continue;
    }
    for (const { specifier, node } of importsOf(file.source)) {
      const message = judge(root, file, specifier, exceptions, used);
      if (message) breaches.push({ path: file.path, line: lineOf(file.source, node), message });
    }
  }
  for (const exception of exceptions) {
    const from = files.find((f) => f.package === 'engine' && f.inSrc === exception.from);
    if (!from || used.has(exception)) continue;
    const message = `the exception for ${exception.to} is not needed any more`;
    breaches.push({ path: from.path, line: 1, message });
  }
  return { files: files.length, breaches };
}

/**
 * What is wrong with one import, or undefined.
 * @param {string} root @param {SourceFile} file @param {string} specifier
 * @param {Exception[]} exceptions @param {Set<Exception>} used
 */
function judge(root, file, specifier, exceptions, used) {
  if (specifier.startsWith('.')) return judgeRelative(file, specifier, exceptions, used);
  const own = /^(?:@halfopen\/([^/]+)|halfopen(?=$|\/))(?:\/(.+))?$/.exec(specifier);
  if (own) return judgeWorkspace(root, file, own[1] ?? 'cli', own[2]);
  if (file.isTest || !purePackages.includes(file.package)) return undefined;
  if (isBuiltin(specifier)) return `${file.package} is pure and may not import ${specifier}`;
  if ((thirdParty[file.package] ?? []).includes(specifier)) return undefined;
  return `${file.package} may not depend on ${specifier}`;
}

/** @param {string} root @param {SourceFile} file @param {string} target @param {string | undefined} subpath */
function judgeWorkspace(root, file, target, subpath) {
  if (target === file.package) {
    return file.isTest ? undefined : `${file.package} imports itself by name; use a relative path`;
  }
  if (!mayImport[file.package]?.includes(target)) return `${file.package} may not import ${target}`;
  if (subpath && !publicEntries(root, target).includes(`./${subpath}`)) {
    return `${target}/${subpath} is not a public entry point of ${target}`;
  }
  const references = file.isTest ? undefined : projectReferences(root, file.package);
  if (references && !references.includes(target)) {
    return `${file.package} imports ${target}, which its tsconfig.json does not reference`;
  }
  return undefined;
}

/** The packages that a package's tsconfig.json refers to; undefined without such a file.
 * @param {string} root @param {string} name */
function projectReferences(root, name) {
  const file = join(root, 'packages', name, 'tsconfig.json');
  if (!existsSync(file)) return undefined;
  /** @type {{ path: string }[]} */
  const references = ts.readConfigFile(file, ts.sys.readFile).config?.references ?? [];
  return references.map(({ path }) => posix.basename(path));
}

/** @param {string} root @param {string} target @returns {string[]} */
function publicEntries(root, target) {
  const manifest = join(root, 'packages', target, 'package.json');
  if (!existsSync(manifest)) return [];
  return Object.keys(JSON.parse(readFileSync(manifest, 'utf8')).exports ?? {});
}

/** @param {SourceFile} file @param {string} specifier @param {Exception[]} exceptions @param {Set<Exception>} used */
function judgeRelative(file, specifier, exceptions, used) {
  const target = posix.join(posix.dirname(file.inSrc), specifier);
  if (target.startsWith('../../'))
    return `${specifier} reaches out of the package; import its public entry point`;
  if (file.package !== 'engine' || file.isTest || target.startsWith('../')) return undefined;
  const from = engineLayer(file.inSrc, 'importing');
  const to = engineLayer(target, 'imported');
  if (!from) return `folder ${posix.dirname(file.inSrc)} has no place in the order of engine/src`;
  if (!to) return `folder ${posix.dirname(target)} has no place in the order of engine/src`;
  if (engineOrder.indexOf(to) <= engineOrder.indexOf(from)) return undefined;
  const exception = exceptions.find((e) => e.from === file.inSrc && e.to === target);
  if (exception) {
    used.add(exception);
    return undefined;
  }
  return `${file.inSrc} (${from}) may not import ${target} (${to})`;
}

/**
 * The layer of a path inside engine/src. trace/ records what the others do: every folder may import it, so it is a
 * leaf when it is imported, and it may name segments, so it stands with wire when it imports.
 * @param {string} path @param {'importing' | 'imported'} side
 */
function engineLayer(path, side) {
  const [first = '', ...rest] = path.split('/');
  if (rest.length > 0) {
    if (first === 'trace') return side === 'imported' ? 'leaves' : 'wire';
    return engineOrder.find((layer) => layer === first && !layer.endsWith('.ts'));
  }
  return engineOrder.includes(first) ? first : 'leaves';
}

/**
 * Every module that a file names: import, export from, import(), import types and import = require().
 * @param {ts.SourceFile} source
 */
function importsOf(source) {
  /** @type {{ specifier: string, node: ts.Node }[]} */
  const found = [];
  /** @param {ts.Node | undefined} name @param {ts.Node} node */
  const add = (name, node) => {
    if (name && ts.isStringLiteralLike(name)) found.push({ specifier: name.text, node });
  };
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (ts.isImportDeclaration(node) || ts.isExportDeclaration(node)) add(node.moduleSpecifier, node);
    else if (ts.isExternalModuleReference(node)) add(node.expression, node);
    else if (ts.isImportTypeNode(node) && ts.isLiteralTypeNode(node.argument))
      add(node.argument.literal, node);
    else if (ts.isCallExpression(node) && node.expression.kind === ts.SyntaxKind.ImportKeyword) {
      add(node.arguments[0], node);
    }
    ts.forEachChild(node, visit);
  };
  visit(source);
  return found;
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const { files, breaches } = checkImports(resolve(process.argv[2] ?? '.'));
  report(breaches, 'import direction', files);
}
