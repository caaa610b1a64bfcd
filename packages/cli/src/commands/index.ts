// All commands, in the order in which help names them. To add one: a file beside this one, and a line here.

import type { Command } from '../command.ts';
import { calibrate } from './calibrate.ts';
import { diff } from './diff.ts';
import { explain } from './explain.ts';
import { list } from './list.ts';
import { live } from './live.ts';
import { run } from './run.ts';
import { sweep } from './sweep.ts';

export const COMMANDS: readonly Command[] = [run, sweep, live, diff, list, explain, calibrate];
