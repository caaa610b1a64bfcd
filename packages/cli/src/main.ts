// The `halfopen` command. bin/halfopen.js imports this module, so it runs when it is loaded.
process.stderr.write('halfopen: no command is built in yet\n');
