// What the command says, in English. The type of this object is the catalogue: the Chinese one must have every entry.
// Names of the kernel, of commands and of JSON fields are never translated.

import { COUNTER_MEANINGS_EN, REASONS_EN } from './kernel-words.ts';

const plural = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`;

export const en = {
  lang: 'en',

  help: {
    tagline: "Linux's TCP connection layer in virtual time: run it, watch it, check it.",
    usage: 'Usage:',
    commands: 'Commands:',
    options: 'Options:',
    optionsWord: 'options',
    examples: 'Examples:',
    more: 'halfopen COMMAND --help tells more about a command.',
    exitCodes: 'Exit codes: 0 ok, 1 an expectation failed, 2 wrong use or wrong scenario, 3 could not look.',
    ofHelp: 'Show this text',
    ofVersion: 'Show the version',
    ofLang: 'en or zh; else LC_ALL, LC_MESSAGES, LANG decide',
    ofColor: 'auto (terminals only), always or never',
    ofJson: 'One JSON document instead of text',
  },

  run: {
    summary: 'Run a scenario and show what happened',
    ofScenario: 'A scenario of the library (halfopen list), or a YAML or JSON file',
    ofPcap: 'Also write the packets as pcapng; dropped ones say why',
    ofSeed: 'Seed of every random choice',
    ofSet: 'HOST:SYSCTL=VALUE instead of what the scenario says; repeatable',
    ofKernel: (names: string) => `Kernel of all hosts: ${names}`,
    ofCosts: 'Costs of hosts with CPUs, from a profile (JSON)',
    ofHz: 'Round timers as a kernel with this CONFIG_HZ does',
    ofQuiet: 'Only failed expectations',
    ofFull: 'Draw every connection and every packet, fold nothing',
    ofVariant: 'Of a scenario with variants, this one alone, in full',
    progress: (percent: number, name: string) => `${name}: ${percent}% of the virtual time`,
    pcapWritten: (packets: number, file: string) => `${plural(packets, 'packet')} written to ${file}`,
  },

  list: {
    summary: 'List the scenarios of the library',
    name: 'name',
    shows: 'what it shows',
    notes: 'notes',
    variants: (names: string) => `variants: ${names}`,
    legend: 'N: a statement of the study notes; M: a myth; S: an incident somebody reported.',
    explained: 'What one of them says: halfopen explain N28; incidents: docs/statements.md',
    runOne: 'Run one: halfopen run NAME',
  },

  report: {
    /** `hz`: by which timers are rounded, '' for not. */
    setup: (kernel: string, hz: string, seed: number, ended: string) =>
      `Linux ${kernel}${hz === '' ? '' : ` (timers of HZ ${hz})`}, seed ${seed}, ${ended} of virtual time`,
    /** Of a run on the real kernel. */
    setupReal: (kernel: string, ended: string) => `${kernel} of this machine, ${ended} of real time`,
    connection: (near: string, far: string, number: number, all: number) =>
      `Connection ${number} of ${all}: ${near} -> ${far}`,
    took: (time: string) => `took ${time}`,
    othersNotDrawn: (n: number) =>
      `${plural(n, 'other connection is', 'other connections are')} not drawn; --full draws all.`,
    sleepTitle: 'Sleeping and waking',
    /** `on`: wait queues, '' when only time is waited for. */
    sleeps: (call: string, on: string, exclusive: boolean) =>
      on === '' ? `${call} sleeps` : `${call} sleeps on ${on}${exclusive ? ' (exclusive)' : ''}`,
    /** `on`: the socket, '' for none; `key`: poll bits, '' for none. */
    wakes: (by: string, on: string, key: string) =>
      `woken by ${by}${on === '' ? '' : `: ${on}`}${key === '' ? '' : ` ${key}`}`,
    wakers: {
      softirq: 'softirq (a packet)',
      timer: 'a kernel timer',
      call: "another process's call",
      'time-out': 'the end of its wait',
      signal: 'a signal',
    },
    runs: (waited: string) => `has the CPU after ${waited}`,
    signal: (signal: string, effect: 'handler' | 'ignored' | 'terminated') => {
      if (effect === 'terminated') return `${signal} ends the process`;
      return effect === 'handler' ? `the handler of ${signal} runs` : `${signal} is ignored`;
    },
    moreSteps: (n: number) => `and ${plural(n, 'more step', 'more steps')}`,
    queueLegend: 'queues: waiting/backlog, as in ss; ! = full (Linux holds backlog+1).',
    queues: (listener: string, backlog: number, cell: string) =>
      `Queues of ${listener}, backlog ${backlog}; a column is ${cell}`,
    droppedRow: 'packets dropped',
    resentRow: 'SYNs resent',
    noSegments: 'No packet was sent.',
    sockets: (host: string) => `${host}: ss -tano`,
    noSockets: 'no socket is left',
    moreRows: (n: number, state: string) => `... and ${n} more in ${state}`,
    counters: (host: string) => `${host}: nstat`,
    log: (host: string) => `${host}: kernel log`,
    felt: 'What the user felt',
    requests: (n: number) => plural(n, 'request'),
    connects: (n: number) => plural(n, 'connect()', 'connect() calls'),
    summary: (what: string, fast: string, slow: string) => `${what}: fastest ${fast}, slowest ${slow}`,
    slowCount: (slow: number, all: number) => `${slow} of ${all} took longer than 1 s or failed`,
    rest: (n: number, fast: string, slow: string, someBad: boolean) =>
      `${plural(n, 'other')}: ${fast === slow ? fast : `${fast} to ${slow}`}${someBad ? '' : ', ok'}`,
    columns: {
      id: '#',
      start: 'start',
      latency: 'took',
      connect: 'connect()',
      result: 'result',
      syns: 'SYNs sent at',
    },
    slow: 'SLOW',
    failed: 'FAILED',
    ok: 'ok',
    expectations: 'Expectations',
    actual: (value: string) => `got ${value}`,
    failedCount: (failed: number, all: number) => `${failed} of ${all} expectations FAILED`,
    allOk: (all: number) => `${all === 1 ? 'The expectation holds' : `All ${all} expectations hold`}.`,
    noExpectations: 'This scenario expects nothing.',
    next: 'Try next',
  },

  search: {
    title: 'Searches for a local port',
    count: (long: number, all: number) =>
      `${long} of ${plural(all, 'connect()', 'connect() calls')} looked at more than one port`,
    between: ', ',
    /** `port`: null when none was found. */
    looked: (port: string | null, looks: string, parts: string) =>
      `${port === null ? 'no port' : `port ${port}`} (looked at ${looks}: ${parts})`,
    established: (n: string) => `${n} in use`,
    timeWait: (n: string) => `${n} in TIME-WAIT`,
    bound: (n: string) => `${n} taken by bind()`,
    reserved: (n: string) => `${n} reserved`,
    shared: () => 'the last one shared',
    others: (n: number) => `${plural(n, 'other')} looked at no more`,
  },

  follow: {
    title: (process: string, host: string) => `Step by step: ${process} on ${host} (s)`,
    /** `on`: wait queues, '' when only time is waited for; `again`: the call has slept before. */
    sleeps: (call: string, on: string, exclusive: boolean, again: boolean) => {
      const how = exclusive ? 'exclusive' : 'not exclusive';
      if (on === '') return `${call} waits for time to pass`;
      return `${call} ${again ? 'still has to wait' : 'has to wait'}: onto the wait queue of ${on}, ${how}`;
    },
    out: (voluntary: boolean, next: string | null) => {
      const to = next === null ? ', which has nothing else to run' : ` to ${next}`;
      return voluntary ? `leaves the CPU${to}` : `has used up its slice and leaves the CPU${to}`;
    },
    softirq: (segment: string, from: string) => `softirq takes the CPU: ${segment} from ${from}`,
    /** `by`: '' when the packet before it did; `key`: poll bits, '' for none. */
    woken: (by: string, key: string) =>
      `woken${by === '' ? '' : ` by ${by}`}${key === '' ? '' : `, key ${key}`}: onto the run queue`,
    runs: (waited: string) => `switched in, ${waited} after the wake-up`,
  },

  variants: {
    head: 'Variants',
    inFull: (command: string) => `One of them in full: ${command}`,
    kernel: (kernel: string, seed: number) => `Linux ${kernel}, seed ${seed}`,
    seed: (seed: number) => `seed ${seed}`,
    table: 'Side by side',
    same: (list: string) => `The same in every variant: ${list}`,
    separator: '; ',
    more: (n: number) =>
      `${plural(n, 'counter')} of volume ${n === 1 ? 'differs' : 'differ'} too; --full shows all.`,
    between: 'between the variants',
    requests: 'requests',
    connects: 'connect() calls',
    slower: 'took longer than 1 s',
    failed: (errno: string) => (errno === 'EINPROGRESS' ? 'no outcome: EINPROGRESS' : `failed: ${errno}`),
    requestLatency: (statistic: string) => `request latency, ${statistic}`,
    connectLatency: (statistic: string) => `connect() latency, ${statistic}`,
    mean: 'mean',
    max: 'max',
    ports: (statistic: string) => `ports tried by a connect(), ${statistic}`,
    syns: 'SYNs of the slowest connect(), s',
    acceptQueue: (listener: string) => `${listener} accept queue, longest`,
    requestQueue: (listener: string) => `${listener} half-open queue, longest`,
    drops: (listener: string) => `${listener} drops`,
    packets: 'packets sent',
    perSecond: (workload: string) => `${workload}: requests a second`,
    failedAll: 'failed requests',
    busy: (host: string) => `${host}: CPU busy`,
    cpuEach: (host: string) => `${host}: CPU time per message`,
    switchesEach: (host: string) => `${host}: context switches per message`,
    left: (host: string, state: string) => `${host}: ${state} at the end`,
    runQueue: (host: string) => `${host}: run queue delay p99`,
    cpuOver: (host: string) => `CPUs of ${host} over the run; a full column is 100%`,
    strace: (host: string, process: string) =>
      `${host}: strace -c -p ${process} (% of system time, us/call x calls)`,
    systemTime: 'system time in all',
  },

  cpu: {
    title: (host: string, cpus: number, costs: string) => `${host}: ${plural(cpus, 'CPU')} (costs: ${costs})`,
    mean: (all: string, parts: string) => `${all} busy on average: ${parts}`,
    parts: (user: string, system: string, softirq: string, switches: string) =>
      `user ${user}, system ${system}, softirq ${softirq}, switches ${switches}`,
    scale: (cell: string) => `a column is ${cell}; a full one is 100%`,
    switches: (voluntary: number, involuntary: number, each: string | null) =>
      `context switches: ${voluntary} voluntary, ${involuntary} involuntary${each === null ? '' : `; ${each} a message`}`,
    delay: (half: string, most: string, max: string) =>
      `run queue delay: p50 ${half}, p99 ${most}, max ${max}`,
    backlogDrops: (n: number) => `${plural(n, 'packet')} dropped: the queue of the CPU was full`,
    process: (host: string, name: string, n: number) =>
      `${host}: strace -c -p ${name}${n === 1 ? '' : ` (${n} processes)`}`,
  },

  ladder: {
    seconds: 's',
    acceptQueue: 'accept queue',
    requestQueue: 'half-open',
    resent: (n: number) => `resend ${n}`,
    injected: '(forged)',
    lost: (why: string) => `lost: ${why}`,
    dropped: (why: string) => `dropped: ${why}`,
    foldedResends: (n: number, times: string) => `... ${n} more at ${times} s`,
    folded: (n: number, until: string) => `... ${plural(n, 'more packet')} until ${until} s`,
  },

  workloads: {
    title: 'Workloads',
    columns: {
      name: 'workload',
      host: 'host',
      connected: 'connections',
      started: 'started',
      completed: 'completed',
      failed: 'failed',
      latency: 'how long it took',
    },
    request: 'request',
    failedWith: (name: string, errnos: string) => `${name} failed with ${errnos}`,
    overTime: (name: string) => `${name} over the run; @ is the number on the right`,
    completedRow: 'completed',
    latencyRow: 'max latency',
    failedRow: 'failed',
    sampled: 'Of the connections of workloads only the first are kept and drawn.',
  },

  /** A kernel's drop reason, or the text of a fault rule as it is. */
  reason: (id: string): string => REASONS_EN[id.replaceAll(' ', '-') as keyof typeof REASONS_EN] ?? id,
  counterMeaning: (name: string): string =>
    COUNTER_MEANINGS_EN[name as keyof typeof COUNTER_MEANINGS_EN] ?? '',

  errors: {
    error: 'error',
    hint: (text: string) => `hint: ${text}`,
    didYouMean: (name: string) => `did you mean ${name}?`,
    seeHelp: (command: string) => `see ${command} --help`,
    unknownCommand: (name: string) => `there is no command ${name}`,
    unknownOption: (name: string) => `there is no option ${name}`,
    badChoice: (option: string, got: string, choices: string) =>
      `${option} ${got}: expected one of ${choices}`,
    badInteger: (option: string, got: string) =>
      `${option} ${got}: expected a whole number from 0 to 4294967295`,
    needsValue: (option: string) => `${option} needs a value`,
    twice: (option: string) => `${option} is given twice`,
    unexpected: (text: string) => `${text} is one argument too many`,
    missingScenario: 'which scenario? give a name from halfopen list, or a file',
    unknownScenario: (name: string) => `there is no scenario ${name} in the library, and no such file`,
    noVariants: (scenario: string) => `--variant: ${scenario} has no variants`,
    unknownVariant: (got: string, names: string) => `--variant ${got}: expected one of ${names}`,
    needsVariant: (scenario: string, names: string) => `${scenario} has the variants ${names}; which one?`,
    oneVariant: (option: string) => `${option} takes one variant`,
    chooseVariant: (name: string) => `choose it, for example with --variant ${name}`,
    seeList: 'halfopen list shows the library; a file is given as ./my.yaml',
    cannotRead: (file: string, why: string) => `cannot read ${file}: ${why}`,
    cannotWrite: (file: string, why: string) => `cannot write ${file}: ${why}`,
    notYaml: (why: string) => `not YAML: ${why}`,
    expectedGot: (path: string, expected: string, got: string) =>
      path === '' ? `expected ${expected}, got ${got}` : `${path}: expected ${expected}, got ${got}`,
    moreIssues: (n: number) => plural(n, 'error'),
    internal: (why: string) => `this is a bug of halfopen: ${why}`,
    reportIt: 'please report it with the command and the scenario',
  },
};

export type Messages = typeof en;
