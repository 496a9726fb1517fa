#!/usr/bin/env node
/** Runs a command, and turns what it throws into a message and an exit code. */

import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from './exit-codes.js';
import { createProgram } from './program.js';

/** @param {import('commander').Command} command */
function throwInsteadOfExit(command) {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

const program = createProgram();
throwInsteadOfExit(program);
program.parseAsync().catch((error) => {
  if (error instanceof CommanderError) {
    // Commander has printed its message. Help and version are no errors.
    process.exitCode = error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    return;
  }
  process.exitCode = exitCodeOf(error);
  process.stderr.write(`realtime: ${error instanceof Error ? error.message : String(error)}\n`);
});
