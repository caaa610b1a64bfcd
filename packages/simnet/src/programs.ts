// The library of declarative programs: from the data of a scenario to a program over Sys.

import { clientProgram } from './client-program.ts';
import type { Instance } from './instances.ts';
import type { Report } from './report.ts';
import { echoProgram, serverProgram, workerProgram } from './server-program.ts';
import { stepsProgram } from './steps-program.ts';
import type { Program } from './sys.ts';

/** Sleeps for 50 days at a time: as good as for ever. */
const LONG_NS = 4_000_000_000_000_000;

/** Programs of a host that only has to be there. */
const idle: Program = async (sys) => {
  await sys.sleep(LONG_NS);
};

/** The program of an instance, made with the report that it tells to. */
export function programFor(
  { spec, part }: Instance,
  programs: { readonly [name: string]: Program },
): (report: Report) => Program {
  const { program } = spec;
  switch (program.program) {
    case 'server':
      return () => (part === 0 ? serverProgram(program) : workerProgram(program));
    case 'echo':
      return () => echoProgram(program);
    case 'client':
      return (report) => clientProgram(program, part, report);
    case 'steps':
      return (report) => stepsProgram(program, part, report);
    case 'idle':
      return () => idle;
    case 'custom': {
      const custom = programs[program.call];
      if (custom === undefined)
        throw new Error(`process ${spec.name} calls ${program.call}, and no such program was given`);
      return () => custom;
    }
  }
}
