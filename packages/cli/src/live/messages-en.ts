// What `halfopen live` says, in English. Kernel names, command lines and JSON fields are never translated.

export const liveEn = {
  summary: 'Put the engine on a TUN device, so that real programs talk to it',
  ofProgram: 'Server to run: http (/ is a page, /bytes/N is N bytes) or echo; default http',
  ofConnect:
    'Be the client instead: connect to this server; one on this host is reached by the address of the device',
  ofAddr: 'Address of the engine with its prefix; repeatable; default 10.80.0.2/24',
  ofPort: 'Port of the server; default 80',
  ofBacklog: 'Backlog given to listen(); default 128',
  ofStall:
    'When connections come after a rest, accept none for this long (default 3s), then all that wait; already accepted ones are served',
  ofDropSyn: 'Lose the first N SYNs of every connection, in either direction',
  ofKernel: (names: string) => `Kernel of the engine: ${names}`,
  ofSet: 'SYSCTL=VALUE in the engine, several numbers with commas; repeatable',
  ofTun: 'Name of the device; default the first free of halfopen0, halfopen1 ...',
  ofMtu: 'MTU of the device, bytes; default 1500; a large one makes bulk transfer much faster',
  ofPcap: 'Write the traffic as pcapng; dropped packets say why',
  ofSeed: 'Seed of every random choice; default: another one each time',
  ofSend: 'Send this text (\\n \\r \\t \\\\ are understood), then end our side and read what comes back',
  ofHttp: 'Ask for this page and read the answer',
  ofBytes: 'Write what was received to stdout, and everything else to stderr',
  ofPackets: 'Show every segment, not only connections and drops',
  ofQuiet: 'Only the start and the end',
  ofJson: 'One JSON document a line for each event',
  notes: [
    'This needs the right to make a TUN device: root, or a user namespace where /dev/net/tun may be opened:',
    "  unshare -Urn sh -c 'timeout 10 halfopen live & sleep 1; curl http://10.80.0.2/'",
    'The device is removed when the command ends, however it ends.',
    'Exit codes: 0 ok (a server ended by Ctrl-C too), 1 the connection failed or the answer was incomplete or',
    'an error, 2 wrong use, 3 the device could not be made.',
  ],

  started: (device: string, engine: string, host: string) =>
    `${device}: the engine is ${engine}, this host is ${host}`,
  setup: (kernel: string, seed: number, mtu: number) => `Linux ${kernel}, seed ${seed}, MTU ${mtu}`,
  listening: (program: string, port: number, backlog: number) =>
    `${program} on port ${port}, backlog ${backlog}: the accept queue holds ${backlog + 1}`,
  tryIt: (command: string) => `try: ${command}   (Ctrl-C ends this and removes the device)`,
  elsewhere: (host: string) =>
    `${host} is not on this host: its answers come back only if this host forwards and translates, which is not set up here\n` +
    '  (sysctl net.ipv4.ip_forward=1 and a masquerade rule for the subnet of the device)',

  halfOpen: (n: number) => `half-open ${n}`,
  acceptQueue: (length: number, backlog: number) => `accept queue ${length}/${backlog}`,
  accepted: 'accepted',
  synAckAgain: 'SYN-ACK resent',
  requestGone: (why: string) => `half-open connection removed: ${why}`,
  queueRefused: 'not queued',
  flushed: 'queue flushed',
  dropped: 'DROPPED',
  lost: 'LOST',
  lostByDropSyn: 'by --drop-syn',
  resent: 'resent',
  timer: (name: string) => `timer ${name}`,

  connected: (took: string) => `connect() took ${took}`,
  failedCall: (call: string, errno: string, took: string) => `${call}() failed: ${errno}, after ${took}`,
  sent: (bytes: number) => `${bytes} bytes sent`,
  received: (bytes: number, took: string, rate: string) =>
    `${bytes} bytes received, ${took} from the start, ${rate}`,
  firstByte: (took: string) => `first byte after ${took}`,
  status: (status: number) => `HTTP status ${status}`,
  notHttp: 'what came back was no HTTP answer',
  incomplete: (got: number, expected: number) => `only ${got} of ${expected} bytes came`,

  ended: (packetsIn: number, packetsOut: number) =>
    `device removed; ${packetsIn} packets in, ${packetsOut} out`,
  writeError: (errno: string, n: number) => `the kernel refused ${n} packets: ${errno}`,
  interrupted: 'interrupted before the answer was complete',

  both: '--program and --connect are two different uses; choose one',
  onlyWith: (option: string, other: string) => `${option} needs ${other}`,
  badProgram: (got: string, names: string) => `--program ${got}: expected one of ${names}`,
  badNumber: (option: string, got: string, min: number, max: number) =>
    `${option} ${got}: expected a whole number from ${min} to ${max}`,
  badDuration: (option: string, got: string) =>
    `${option} ${got}: expected a duration such as 1s, 250ms or 20us`,
  badKernel: (got: string, names: string) => `--kernel ${got}: expected one of ${names}`,
  badSet: (got: string) => `--set ${got}: expected SYSCTL=VALUE`,
  unknownSysctl: (name: string) => `--set ${name}: the engine has no such sysctl`,
  badSysctl: (name: string, count: number, min: number, max: number) =>
    `--set ${name}: expected ${count === 0 ? 'ports such as 8080,9000-9010' : count === 1 ? 'a whole number' : `${count} whole numbers`} from ${min} to ${max}`,
  badTun: (got: string, max: number) =>
    `--tun ${got}: a device name has 1 to ${max} characters, no space and no /`,
  badConnect: (got: string) =>
    `--connect ${got}: expected ADDRESS:PORT, such as 10.80.0.1:80 or [fd80::1]:80`,
  nameForAddress: 'names are not looked up; give the address',
  loopback: (got: string) => `--connect ${got}: this host's loopback is not reached through a device`,
  useHostSide: (address: string) =>
    `let the server listen on ${address} (or on all addresses) and connect there`,
  noFamily: (family: string) => `--connect needs an --addr of the same family (${family})`,
  badPath: (got: string) => `--http ${got}: a path begins with / and has no spaces`,
};

export type LiveMessages = typeof liveEn;
