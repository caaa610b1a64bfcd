// Writes docs/support-table.md and its Chinese twin from the engine's sources: what is left out (from the heads of the
// files), which function models which kernel symbol (from the tags `@kernel symbol file version [simplified: note]`),
// the sysctls, and what the kernel profiles change. test/docs.test.ts holds the committed pages against it.
//
// Usage: npm run docs
import { readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { linux, PROFILE_NAMES, profileSysctls, SYSCTLS } from '@halfopen/engine';
import ts from 'typescript';
import { packageSources } from './sources.mjs';

/**
 * @typedef {import('./sources.mjs').SourceFile} SourceFile
 * @typedef {{ symbols: string[], file: string, version: string, note: string }} KernelRef
 * @typedef {{ ours: string, ref: KernelRef }} Row
 * @typedef {{ path: string, leftOut: string[], rows: Row[] }} Module
 * @typedef {{ start: number, end: number, paragraphs: string[] }} Comment
 */

/** Tags of this version name none in the table. */
const USUAL_VERSION = 'v6.18';
/** In the order in which they may import each other; '' holds the leaves. */
const FOLDERS = ['', 'trace', 'wire', 'inet', 'tcp', 'socket'];
const PAGES = { en: 'docs/support-table.md', zh: 'docs/support-table.zh-CN.md' };

const SYMBOL = /^[A-Za-z_][\w.]*(?:\[\d+\])?(?:\(\w*\))?$/;
const FILE = /^(?:net|[a-z]\w*(?:\/[\w.-]+)+)$/;
const VERSION = /^v\d+\.\d+(?:\.\d+)*$/;
const LEFT_OUT = /\b(?:left out|leaves out|are not modelled)\b/i;

/**
 * The kernel symbols that one tag names. `text` begins after `@kernel`.
 * @param {string} text @returns {KernelRef[]}
 */
export function parseTag(text) {
  /** @type {KernelRef[]} */
  const refs = [];
  const words = text.trim().split(/\s+/);
  for (let i = 0; i < words.length; ) {
    const [ref, next, more] = parseRef(words, i);
    if (ref.symbols.length === 0 && ref.file === '') break;
    refs.push(ref);
    i = next;
    if (!more) break;
  }
  const last = refs.findLast((ref) => ref.version !== '')?.version ?? '';
  return refs.map((ref) => ({ ...ref, version: ref.version || last }));
}

/**
 * One `symbol[, symbol] [file] [version] [simplified…]`; where it ends, and whether another one follows.
 * @param {string[]} words @param {number} from @returns {[KernelRef, number, boolean]}
 */
function parseRef(words, from) {
  /** @type {KernelRef} */
  const ref = { symbols: [], file: '', version: '', note: '' };
  let open = true;
  for (let i = from; i < words.length; i++) {
    const word = words[i] ?? '';
    const plain = word.replace(/[,;.]$/, '');
    const goesOn = word.endsWith(',');
    if (ref.version === '' && VERSION.test(plain)) ref.version = plain;
    else if (ref.file === '' && ref.version === '' && FILE.test(plain)) ref.file = plain;
    else if (ref.file === '' && ref.version === '' && open && SYMBOL.test(plain)) {
      ref.symbols.push(plain);
      open = goesOn;
      continue;
    } else return noteOf(words, i, ref);
    if (goesOn) return [ref, i + 1, true];
    if (word !== plain) return [ref, i + 1, false];
  }
  return [ref, words.length, false];
}

/** @param {string[]} words @param {number} at @param {KernelRef} ref @returns {[KernelRef, number, boolean]} */
function noteOf(words, at, ref) {
  const word = words[at] ?? '';
  if (/^simplified[,.;]?$/.test(word) && !(words[at + 1] ?? '').startsWith('(')) {
    return [{ ...ref, note: 'simplified' }, at + 1, word.endsWith(',')];
  }
  if (ref.version === '' || !/^(?:simplified|only|records)/.test(word)) return [ref, at, false];
  const [sentence = ''] = sentences(words.slice(at).join(' '));
  return [{ ...ref, note: sentence }, words.length, false];
}

/** @param {string} text @returns {string[]} without their full stops */
function sentences(text) {
  return text
    .split(/\.(?=\s|$)/)
    .map((sentence) => sentence.trim())
    .filter((sentence) => sentence !== '');
}

/**
 * Every comment: a block, or a run of `//` lines.
 * @param {string} text @returns {Comment[]}
 */
function commentsOf(text) {
  const found = text.matchAll(/\/\*\*[\s\S]*?\*\/|(?:^[ \t]*\/\/[^\n]*(?:\n|$))+/gm);
  return [...found].map((match) => {
    const lines = match[0]
      .replace(/^\/\*\*|\*\/\s*$/g, '')
      .split('\n')
      .map((line) => line.replace(/^\s*(?:\/\/|\*)/, '').trim());
    const paragraphs = lines
      .join('\n')
      .split(/\n{2,}/)
      .map((p) => p.replace(/\s+/g, ' ').trim());
    return { start: match.index, end: match.index + match[0].length, paragraphs };
  });
}

/** @param {string} paragraph @returns {string[]} what it says to be left out, one sentence each */
function leftOutIn(paragraph) {
  return sentences(paragraph.replace(/@kernel [^@]*? v\d+\.\d+/g, ''))
    .filter((sentence) => LEFT_OUT.test(sentence))
    .map((sentence) => sentence.replace(/^(?:left out:|leaves out)\s*/i, '').trim());
}

/**
 * The name of what a comment stands at: the declaration after it, else the one around it, else the file.
 * @param {ts.SourceFile} source @param {Comment} comment
 */
function ownerOf(source, comment) {
  let name = '';
  /** @param {ts.Node} node */
  const visit = (node) => {
    if (comment.start < node.getFullStart() || comment.start >= node.getEnd()) return;
    const own = nameOf(node);
    if (own !== '') name = own;
    ts.forEachChild(node, visit);
  };
  ts.forEachChild(source, visit);
  return name;
}

/** @param {ts.Node} node @returns {string} */
function nameOf(node) {
  if (ts.isVariableStatement(node)) return node.declarationList.declarations[0]?.name.getText() ?? '';
  const named =
    ts.isFunctionDeclaration(node) ||
    ts.isMethodDeclaration(node) ||
    ts.isClassDeclaration(node) ||
    ts.isInterfaceDeclaration(node) ||
    ts.isTypeAliasDeclaration(node) ||
    ts.isPropertySignature(node) ||
    ts.isPropertyDeclaration(node) ||
    ts.isGetAccessor(node) ||
    ts.isPropertyAssignment(node);
  return named ? (node.name?.getText().replace(/^['"]|['"]$/g, '') ?? '') : '';
}

/** @param {SourceFile} file @returns {Module} */
function readModule({ inSrc, source }) {
  const text = source.text;
  const comments = commentsOf(text);
  const head = comments.find((c) => c.start === 0 && !text.slice(c.start).startsWith('/**'));
  /** @type {Row[]} */
  const rows = [];
  for (const comment of comments) {
    const ours = comment === head ? '' : ownerOf(source, comment);
    for (const paragraph of comment.paragraphs) {
      const leftOut = comment === head ? [] : leftOutIn(paragraph);
      for (const tag of paragraph.split('@kernel ').slice(1)) {
        for (const ref of parseTag(tag)) {
          const note = [ref.note, ...leftOut.map((what) => `left out: ${what}`)].filter((n) => n !== '');
          rows.push({ ours, ref: { ...ref, note: note.join('; ') } });
        }
      }
    }
  }
  return { path: inSrc, leftOut: head?.paragraphs.flatMap(leftOutIn) ?? [], rows };
}

/** @param {string} root @returns {Module[]} */
function readModules(root) {
  return packageSources(root)
    .filter((file) => file.package === 'engine' && !file.isTest)
    .map(readModule);
}

/** @param {string} text a cell of a table */
const cell = (text) => text.replaceAll('|', '\\|');

/** @param {string} path */
const folderOf = (path) => (path.includes('/') ? path.slice(0, path.indexOf('/')) : '');

/** @param {Module[]} modules */
function leftOutList(modules) {
  return modules
    .filter((module) => module.leftOut.length > 0)
    .map(({ path, leftOut }) => `- \`${path}\`: ${leftOut.join('; ')}.`);
}

/** @param {Module[]} modules one folder */
function symbolTable(modules) {
  const lines = ['| module | ours | kernel symbol | kernel file | note |', '| --- | --- | --- | --- | --- |'];
  for (const { path, rows } of modules) {
    for (const { ours, ref } of rows) {
      const version = ref.version === USUAL_VERSION || ref.version === '' ? '' : ` ${ref.version}`;
      const cells = [
        `\`${path}\``,
        ours === '' ? '' : `\`${ours}\``,
        ref.symbols.map((symbol) => `\`${symbol}\``).join(' '),
        ref.file === '' ? '' : `\`${ref.file}\`${version}`,
        cell(ref.note),
      ];
      lines.push(`| ${cells.join(' | ')} |`);
    }
  }
  return lines;
}

/** @param {unknown} value */
const shown = (value) =>
  `\`${Array.isArray(value) ? value.join(' ') : typeof value === 'object' ? JSON.stringify(value) : String(value)}\``;

function sysctlTable() {
  const lines = ['| sysctl | default | range | unit | meaning |', '| --- | --- | --- | --- | --- |'];
  for (const [name, info] of Object.entries(SYSCTLS)) {
    const range = `${info.min} to ${info.max}`;
    lines.push(`| \`${name}\` | ${shown(info.default)} | ${range} | ${info.unit} | ${cell(info.meaning)} |`);
  }
  return lines;
}

/** @param {string} root what the comments in profile.ts say of each switch */
function switchMeanings(root) {
  const text = readFileSync(join(root, 'packages/engine/src/profile.ts'), 'utf8');
  const source = ts.createSourceFile('profile.ts', text, ts.ScriptTarget.ES2023, true);
  const behaviour = source.statements
    .filter(ts.isInterfaceDeclaration)
    .find((d) => d.name.text === 'Behaviour');
  /** @type {[string, string][]} */
  const out = [];
  let comment = '';
  for (const member of behaviour?.members ?? []) {
    const own = commentsOf(text.slice(member.getFullStart(), member.getStart()))
      .flatMap((c) => c.paragraphs)
      .join(' ');
    // One comment may serve two switches.
    comment = own === '' ? comment : own;
    out.push([member.name?.getText() ?? '', comment]);
  }
  return out;
}

/** What each profile has different from the next newer one. */
function profileChanges() {
  const profiles = PROFILE_NAMES.map(
    (name) => /** @type {NonNullable<ReturnType<typeof linux>>} */ (linux(name)),
  );
  const lines = [
    '| kernel | switch, sysctl or socket option | newer kernels | this one and older |',
    '| --- | --- | --- | --- |',
  ];
  for (let i = 1; i < profiles.length; i++) {
    const [newer, older] = [profiles[i - 1], profiles[i]];
    if (newer === undefined || older === undefined) continue;
    /** @type {[Record<string, unknown>, Record<string, unknown>][]} */
    const pairs = [
      [{ ...newer.behaviour }, { ...older.behaviour }],
      [{ ...profileSysctls(newer) }, { ...profileSysctls(older) }],
    ];
    for (const [was, is] of pairs) {
      for (const [name, value] of Object.entries(is)) {
        if (JSON.stringify(was[name]) === JSON.stringify(value)) continue;
        lines.push(`| ${older.name} | \`${name}\` | ${shown(was[name])} | ${shown(value)} |`);
      }
    }
    for (const part of /** @type {const} */ (['sysctls', 'options'])) {
      const gone = older.lacks[part].filter((name) => !newer.lacks[part].some((n) => n === name));
      for (const name of gone) lines.push(`| ${older.name} | \`${name}\` | there | not there |`);
    }
  }
  return lines;
}

const GENERATED = '<!-- Written by `npm run docs` from packages/engine/src. Do not edit. -->';

/**
 * Both pages, by path.
 * @param {string} root @returns {Record<string, string>}
 */
export function supportPages(root) {
  const modules = readModules(root);
  return { [PAGES.en]: englishPage(root, modules), [PAGES.zh]: chinesePage() };
}

/** @param {string} root @param {Module[]} modules */
function englishPage(root, modules) {
  const byFolder = FOLDERS.map((folder) => ({
    folder,
    of: modules.filter((m) => folderOf(m.path) === folder),
  }));
  const tagged = byFolder.filter(({ of }) => of.some((module) => module.rows.length > 0));
  const lines = [
    '# Support table',
    '',
    '[中文](support-table.zh-CN.md)',
    '',
    GENERATED,
    '',
    'What the engine models, function by function, and what it leaves out. The page is made from the sources: from the',
    'heads of the files, and from the tags `@kernel symbol file version` at the functions. A tag names what a function',
    'models; it does not claim that every path of the kernel function is there. Paths are those of `packages/engine/src`;',
    `kernel files are those of Linux ${USUAL_VERSION} where no other version stands beside them.`,
    '',
    '- [Left out](#left-out)',
    '- [Kernel symbols](#kernel-symbols)',
    '- [Sysctls](#sysctls)',
    '- [Kernel profiles](#kernel-profiles)',
    '',
    '## Left out',
    '',
    ...leftOutList(byFolder.flatMap(({ of }) => of)),
    '',
    '## Kernel symbols',
    '',
    ...tagged.flatMap(({ folder, of }) => [`### ${folder || 'leaves'}`, '', ...symbolTable(of), '']),
    '## Sysctls',
    '',
    'Those that the engine has; any other name is refused. Defaults are those of Linux 6.18 on a host with 24 GB of',
    'memory, because the kernel sizes some of them by memory. The engine keeps every value; the meaning says where it is',
    'read.',
    '',
    ...sysctlTable(),
    '',
    '## Kernel profiles',
    '',
    `\`--kernel\` takes ${PROFILE_NAMES.map((n) => `\`${n}\``).join(', ')}. What this table does not name is as in ${PROFILE_NAMES[0]}.`,
    '',
    ...profileChanges(),
    '',
    'What the switches mean:',
    '',
    ...switchMeanings(root).map(([name, meaning]) => `- \`${name}\`: ${meaning}`),
    '',
  ];
  return lines.join('\n');
}

function chinesePage() {
  const lines = [
    '# 支持表',
    '',
    '[English](support-table.md)',
    '',
    GENERATED,
    '',
    '引擎逐个函数地对应内核的哪些符号、略去了什么、有哪些 sysctl、各内核版本有何不同，都在',
    '[英文页](support-table.md)里。那一页由源码生成：取自各文件的开头，以及函数上的标记 `@kernel symbol file version`。',
    '表中是内核符号、文件名和源码里的英文注释，因此不另译。',
    '',
    '怎样读这张表：',
    '',
    '- [Left out](support-table.md#left-out)：每个模块略去的内容。',
    '- [Kernel symbols](support-table.md#kernel-symbols)：`ours` 是我们的函数，其后是它所对应的内核符号和文件；',
    `  没有注明版本的都是 Linux ${USUAL_VERSION}。\`simplified\` 表示做了简化。标记只说明函数对应什么，并不表示内核函数的每条路径都在。`,
    '- [Sysctls](support-table.md#sysctls)：引擎认得的 sysctl 及其默认值（Linux 6.18，24 GB 内存）、范围、单位和含义。',
    '- [Kernel profiles](support-table.md#kernel-profiles)：从新到旧，每个版本改变了哪些开关和默认值。',
    '',
  ];
  return lines.join('\n');
}

if (process.argv[1] && import.meta.url === pathToFileURL(resolve(process.argv[1])).href) {
  const root = fileURLToPath(new URL('..', import.meta.url));
  for (const [path, text] of Object.entries(supportPages(root))) {
    writeFileSync(join(root, path), text);
    console.log(`${path}: ${text.split('\n').length} lines`);
  }
}
