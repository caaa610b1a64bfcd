// The `halfopen` command. bin/halfopen.js imports this module, so it runs when it is loaded.

import { runCli } from './cli.ts';
import { nodeIo } from './io.ts';

// `halfopen run … | head` closes our stdout early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
});

process.exitCode = await runCli(process.argv.slice(2), nodeIo());
