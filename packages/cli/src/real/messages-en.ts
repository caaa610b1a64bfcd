// What the commands say about runs on the real kernel, in English. The type of this object is the catalogue.

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const realEn = {
  ofOn: 'engine (default): in virtual time; linux: on this machine, needs root or unshare -Urn',
  badOn: (got: string) => `--on ${got}: expected engine or linux`,
  notWithLinux: (option: string) => `${option} cannot be used with --on linux`,
  unsupported: (host: string, sysctl: string, reason: string) => `${host}: ${sysctl} was not set: ${reason}`,
  unmeasured: (n: number) => `not checked here: ${plural(n, 'expectation')} about CPU time or switches`,
  wire: (packets: number, meanUs: number, maxUs: number) =>
    `${plural(packets, 'packet')} forwarded, ${meanUs} us late on average, ${maxUs} us at most`,
  noPriority: 'no right to a real-time priority: other work of the machine shows in the times',
  progress: (percent: number, name: string) => `${name}: ${percent}% of the real time`,

  tooMuch: (name: string, workload: string, packets: number, carried: number) =>
    `${name}: too much to compare: workload ${workload} sends at least ${packets} packets to a host, and links of a comparison carry ${carried} in that time`,
  smaller: (commands: string) => `the same in small: ${commands}`,

  summary: 'Run a scenario on the engine and on the real kernel, and compare',
  ofScenario: 'A scenario of the library (halfopen list), or a YAML or JSON file',
  notes: [
    'The engine takes the profile, HZ and settings of this kernel. Compared are segments (flags, numbers,',
    'window, options, order, waiting times within the rounding of the timer wheel), counters, results of',
    'system calls, and sockets. Known differences have a reason; one that stops occurring is an error.',
    'Needs root, or a user namespace: unshare -Urn halfopen diff NAME',
    'Exit codes: 0 nothing unexplained differs, 1 something does, 2 wrong use, 3 could not look.',
  ],
  title: (scenario: string, engine: string, hz: string, linux: string) =>
    `${scenario}: engine ${engine} (HZ ${hz}) and ${linux}`,
  columns: { part: '', compared: 'compared', different: 'different', unexplained: 'unexplained' },
  parts: { segments: 'segments', counters: 'counters', errnos: 'errnos', states: 'states', ports: 'ports' },
  portStep: (what: string, at: number, engine: number | null, linux: number | null) =>
    `${what}: attempt ${at} is the first to take a port of the other half of the range, in both.${
      engine === null || linux === null
        ? ''
        : ` A connect() takes ${engine} times as much CPU from there on in the engine, ${linux} times in Linux.`
    }`,
  unexplained: 'Unexplained differences',
  explained: 'Explained differences',
  stale: 'Explanations that nothing needs any more',
  engine: 'engine',
  linux: 'linux',
  because: (reason: string) => `because ${reason}`,
  more: (n: number) => `... and ${n} more; --json shows all`,
  again: (n: number) =>
    `${plural(n, 'difference')}; running again, in case other work of the machine made them`,
  unsteady: (n: number, runs: number) =>
    `${plural(n, 'other difference')} did not occur in each of ${runs} runs; --json shows them.`,
  same: 'The two kernels agree.',
  differ: (n: number) => `${plural(n, 'unexplained difference')}.`,
};

export type RealMessages = typeof realEn;
