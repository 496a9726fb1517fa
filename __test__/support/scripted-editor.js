/** An editor for `$EDITOR` that does what a test says, one step each time it is opened. */

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { emptyDirectory, PROGRAM } from './realtime-command.js';

/**
 * @param {import('node:test').TestContext} t
 * @param {((editor: any) => unknown)[]} steps they run in the editor's process, so they see nothing
 *   of the test. `editor.text` is what the file has, `editor.save(text)` writes it,
 *   `editor.realtime(...args)` runs another command, `editor.exit(code)` ends
 * @returns {{ command: string, calls: () => { path: string, mode: number, folder: number, text: string, args: string[] }[] }}
 */
function scriptedEditor(t, steps) {
  const directory = emptyDirectory(t);
  const program = join(directory, 'editor.mjs');
  const log = join(directory, 'calls.ndjson');
  writeFileSync(
    program,
    `import { spawnSync } from 'node:child_process';
import { appendFileSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
const steps = [${steps.map(String).join(',\n')}];
const log = ${JSON.stringify(log)};
const args = process.argv.slice(2);
const path = args.at(-1);
const text = readFileSync(path, 'utf8');
const number = existsSync(log) ? readFileSync(log, 'utf8').trim().split('\\n').length : 0;
appendFileSync(log, JSON.stringify({ path, mode: statSync(path).mode & 0o777, folder: statSync(dirname(path)).mode & 0o777, text, args }) + '\\n');
await steps[number]({
  path,
  text,
  save: (text) => writeFileSync(path, text),
  exit: (code) => process.exit(code),
  realtime: (...args) => {
    const { status, stderr } = spawnSync(process.execPath, [${JSON.stringify(PROGRAM)}, ...args], { encoding: 'utf8' });
    if (status !== 0) throw new Error(stderr);
  },
});
`,
  );
  return {
    command: `${process.execPath} ${program}`,
    calls: () =>
      existsSync(log)
        ? readFileSync(log, 'utf8')
            .trim()
            .split('\n')
            .map((line) => JSON.parse(line))
        : [],
  };
}

export { scriptedEditor };
