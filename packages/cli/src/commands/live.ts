// `halfopen live`: the engine on a TUN device in real time, as a server for real clients or as the client of a real
// server.

import { PROFILE_NAMES } from '@halfopen/engine';
import { LIVE_PROGRAMS } from '@halfopen/linux';
import { multiple } from '@optique/core/modifiers';
import { commonOptions, flag, given, helpLines, options, parseArgs, value } from '../args.ts';
import type { Command, Context } from '../command.ts';
import { LIVE_CATALOGUES } from '../live/messages.ts';
import { play } from '../live/play.ts';
import { readSettings, withStallDefault } from '../live/settings.ts';
import type { Messages } from '../messages/index.ts';
import type { Outcome } from '../outcome.ts';

const catalogue = (m: Messages) => LIVE_CATALOGUES[m.lang as keyof typeof LIVE_CATALOGUES];

function parser(m: Messages) {
  const live = catalogue(m);
  return options(
    {
      program: value('--program', LIVE_PROGRAMS.join('|'), live.ofProgram, m),
      connect: value('--connect', 'ADDRESS:PORT', live.ofConnect, m),
      addr: multiple(given('--addr', 'ADDRESS/PREFIX', live.ofAddr, m)),
      port: value('--port', 'N', live.ofPort, m),
      backlog: value('--backlog', 'N', live.ofBacklog, m),
      stallAccept: value('--stall-accept', 'DURATION', live.ofStall, m),
      dropSyn: value('--drop-syn', 'N', live.ofDropSyn, m),
      send: value('--send', 'TEXT', live.ofSend, m),
      http: value('--http', 'PATH', live.ofHttp, m),
      bytes: flag('--bytes', live.ofBytes, m),
      kernel: value('--kernel', 'PROFILE', live.ofKernel(PROFILE_NAMES.join(' ')), m),
      set: multiple(given('--set', 'SYSCTL=VALUE', live.ofSet, m)),
      tun: value('--tun', 'NAME', live.ofTun, m),
      mtu: value('--mtu', 'N', live.ofMtu, m),
      pcap: value('--pcap', 'FILE', live.ofPcap, m),
      seed: value('--seed', 'N', live.ofSeed, m),
      packets: flag('--packets', live.ofPackets, m),
      quiet: flag('--quiet', live.ofQuiet, m),
      ...commonOptions(m),
      json: flag('--json', live.ofJson, m),
    },
    m,
  );
}

async function execute(argv: readonly string[], context: Context): Promise<Outcome> {
  const args = parseArgs('live', parser(context.m), withStallDefault(argv), context.m);
  if (!args.ok) return args.outcome;
  const settings = readSettings(args.value, context.m);
  return 'kind' in settings ? settings : play(settings, args.value, context);
}

export const live: Command = {
  name: 'live',
  examples: ['halfopen live --program http --backlog 1 --stall-accept 3s'],
  summary: (m) => catalogue(m).summary,
  help: (m) => [...helpLines('live', parser(m), m), '', ...catalogue(m).notes],
  run: execute,
};
