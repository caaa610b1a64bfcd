// Installs the Debian packages whose programs the tests drive: real clients and servers, and a second opinion on our
// captures. Nothing here is needed to build or to use halfopen; a test whose program is missing is skipped and says so.
// HALFOPEN_NO_INSTALL=1 leaves the machine as it is.
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Package, and the program by which we see that it is there. */
const tools = [
  { package: 'curl', program: 'curl' },
  { package: 'nginx-light', program: 'nginx' },
  { package: 'apache2-utils', program: 'ab' },
  { package: 'tshark', program: 'tshark' },
  { package: 'iproute2', program: 'ss' },
];

/** invoke-rc.d asks this file whether a package may start its service; 101 means no. */
const policyFile = '/usr/sbin/policy-rc.d';
const aptOptions = ['-qq', '-o', 'Dpkg::Options::=--force-confdef', '-o', 'DPkg::Lock::Timeout=120'];
const aptTimeoutMs = 8 * 60_000;

export function installTestTools() {
  const missing = tools.filter((tool) => !found(tool.program));
  if (missing.length === 0) return;
  const names = missing.map((tool) => tool.package);
  const why = whyNot();
  if (why) {
    console.log(
      `test tools: not installing ${names.join(', ')}: ${why}; the tests that need them are skipped`,
    );
    return;
  }
  console.log(`test tools: installing ${names.join(', ')}`);
  const policyIsOurs = forbidServices();
  // With a handler of its own, an interrupt ends apt-get but not this script, so the policy file is taken away.
  const onSignal = () => {};
  process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
  try {
    install(names);
  } finally {
    if (policyIsOurs) rmSync(policyFile, { force: true });
    process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
  }
  const still = missing.filter((tool) => !found(tool.program)).map((tool) => tool.package);
  if (still.length > 0) console.log(`test tools: still missing ${still.join(', ')}; their tests are skipped`);
}

/** @param {string[]} names all at once, then one by one, so that one absent package does not cost the others */
function install(names) {
  apt(['update']);
  if (apt(['install', '-y', '--no-install-recommends', ...names]) || names.length === 1) return;
  for (const name of names) apt(['install', '-y', '--no-install-recommends', name]);
}

/** @param {string[]} args @returns {boolean} whether it worked; a failure is reported with the end of its output */
function apt(args) {
  const result = spawnSync('apt-get', [...aptOptions, ...args], {
    encoding: 'utf8',
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive', RUNLEVEL: '1', LC_ALL: 'C' },
    timeout: aptTimeoutMs,
  });
  if (result.status === 0) return true;
  const reason = result.error?.message ?? `exit code ${result.status}`;
  const tail = `${result.stdout}${result.stderr}`.trim().split('\n').slice(-8).join('\n');
  console.log(`test tools: apt-get ${args.join(' ')} failed (${reason})\n${tail}`);
  return false;
}

/** @returns {string | undefined} why nothing may be installed here */
function whyNot() {
  if (process.env.HALFOPEN_NO_INSTALL) return 'HALFOPEN_NO_INSTALL is set';
  if (process.platform !== 'linux') return 'this is not Linux';
  if (!found('apt-get')) return 'there is no apt-get';
  if (process.getuid?.() !== 0) return 'not root';
  return undefined;
}

/** @returns {boolean} whether we made the file, and so have to take it away */
function forbidServices() {
  if (existsSync(policyFile)) return false;
  writeFileSync(policyFile, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  return true;
}

/** @param {string} program */
function found(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return folders.some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
