// What `halfopen sweep` says, in English. The type of this object is the catalogue.

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const sweepEn = {
  summary: 'Run a scenario with many values of its settings, and compare',
  ofScenario: 'A scenario of the library (halfopen list), or a YAML or JSON file',
  ofVary: 'What to change, and its values; repeated, every combination runs',
  ofShow: "What to show, as on the left of an expectation: 'max request latency'; repeatable",
  ofSeeds: 'Run each combination with N seeds; shows min/median/max (default 1)',
  ofJobs: 'Threads (default: one for each CPU); the answer does not depend on it',
  notes: [
    'KEY is HOST:SYSCTL (server:net.core.somaxconn), kernel, seed, or a path into the scenario:',
    'processes.0.backlog, processes.client.count, links.0.loss, duration.',
    'Values are separated by commas; 1..10 is each number, 1..1000x2 doubles: 1, 2, 4, ... 512.',
    'Without --show, the columns are what the expectations of the scenario compare.',
    'Exit codes: 0 all ran (expectations that fail are data here), 2 wrong use, 3 could not run.',
  ],

  needsVary: 'what should vary? give --vary KEY=VALUE,VALUE',
  varyHint: '--vary server:net.core.somaxconn=1,4,16',
  badVary: (item: string) => `--vary ${item}: expected KEY=VALUE,VALUE`,
  emptyValue: (item: string) => `--vary ${item}: a value is empty`,
  valueTwice: (item: string, value: string) => `--vary ${item}: ${value} is there twice`,
  backwards: (item: string, range: string) => `--vary ${item}: ${range} ends before it begins`,
  noGrowth: (item: string, range: string) =>
    `--vary ${item}: ${range} does not grow; begin above 0 and multiply by 2 or more`,
  tooManyValues: (item: string, max: number) => `--vary ${item}: more than ${max} values`,
  tooManyRuns: (runs: number, max: number) => `--vary, --seeds: ${runs} runs are too many; at most ${max}`,
  keyTwice: (key: string) => `--vary ${key}: given twice; put all values behind one`,
  badSeed: (item: string, value: string, max: number) =>
    `--vary ${item}: expected a whole number from 0 to ${max}, got ${value}`,
  unknownKey: (key: string, tops: string) =>
    `--vary ${key}: expected HOST:SYSCTL, kernel, seed, or a path that begins with one of ${tops}`,
  noEntry: (key: string, part: string, list: string, length: number, names: string) =>
    `--vary ${key}: ${list} has no entry ${part}; it has ${length === 0 ? 'none' : `0 to ${length - 1}`}${
      names === '' ? '' : ` (${names})`
    }`,
  noHost: (key: string, part: string, hosts: string) =>
    `--vary ${key}: there is no host ${part}; there are ${hosts}`,
  notInside: (key: string, part: string, path: string) =>
    `--vary ${key}: ${path} is a plain value, there is no ${part} in it`,
  emptyPart: (key: string) => `--vary ${key}: a part of the path is empty`,
  didYouMean: (name: string) => `did you mean ${name}?`,
  badShow: (text: string, column: number, expected: string) =>
    `--show '${text}': expected ${expected} (at column ${column})`,
  showHint: 'as on the left of an expectation, such as: server accept queue max',
  badCount: (option: string, got: string, max: number) =>
    `${option} ${got}: expected a whole number from 1 to ${max}`,
  seedsWithSeed: '--seeds cannot be used with --vary seed',
  runFailed: (where: string, why: string) => `${where}: the run broke off: ${why}`,

  progress: (done: number, all: number) => `${done} of ${plural(all, 'run')}`,
  grid: (key: string, values: string) => `${key} = ${values}`,
  runs: (runs: number, seed: number) => `${plural(runs, 'run')}, seed ${seed}`,
  runsOfSeeds: (runs: number) => plural(runs, 'run'),
  seeded: (cells: number, seeds: number, first: number, last: number, runs: number) =>
    `${plural(cells, 'combination')} with ${seeds} seeds (${first} to ${last}): ${runs} runs; cells are min/median/max`,
  held: 'expect held',
  same: (list: string) => `The same in every run: ${list}`,
  separator: '; ',
  comma: ', ',
  changes: '* Where behaviour changes',
  unlike: (there: string, before: string) => `${there}, unlike ${before}:`,
  to: {
    zero: (list: string) => `now 0: ${list}`,
    some: (list: string) => `now above 0: ${list}`,
    fast: (list: string) => `now at most 1 s: ${list}`,
    slow: (list: string) => `now above 1 s: ${list}`,
    other: (list: string) => `now something else: ${list}`,
    held: 'now all expectations hold',
    failed: 'now not all expectations hold',
  },
  moreChanges: (n: number) => `... and ${n} more; --json has all`,
  noChange: 'Nothing comes to zero or leaves it, and no time crosses 1 s.',
  failedIsData:
    'The expectations speak of the scenario as it is written; where they fail, its behaviour is another.',
};

export type SweepMessages = typeof sweepEn;
