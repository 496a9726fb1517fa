/** `realtime completion`: the shells parse the scripts, and complete with them. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { describe, test } from 'node:test';

import { createProgram } from '../../cli/src/program.js';
import { emptyDirectory, runCommand } from '../support/realtime-command.js';

/** What a shell offers after `realtime` and these words, one word a line. */
const ASK = {
  bash: (file, words) => `source '${file}'
COMP_WORDS=(realtime ${words} ''); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1))
_realtime
printf '%s\n' "\${COMPREPLY[@]}"`,
  // Only the line editor runs completions: this stands for it, and prints what would be offered.
  zsh: (file, words) => `compdef() { :; }
_describe() { print -rl -- "\${(@)\${(@P)2}%%:*}"; }
fpath=('${dirname(file)}'); autoload -U _realtime
words=(realtime ${words} ''); CURRENT=\${#words}
_realtime`,
  fish: (file, words) => `source '${file}'
complete --do-complete 'realtime ${words}${words === '' ? '' : ' '}' | string split --fields 1 \\t
complete --do-complete 'realtime ${words}${words === '' ? '' : ' '}--' | string split --fields 1 \\t`,
};

const folders = (process.env.PATH ?? '').split(delimiter);
const find = (shell) => folders.map((folder) => join(folder, shell)).find(existsSync);
/** The words of a command: its commands, and its options. */
const wordsOf = (command) => [
  ...command.commands.map((child) => child.name()),
  ...command.options.map(({ long }) => long),
];

for (const [shell, ask] of Object.entries(ASK)) {
  const program = find(shell);
  const skip = program === undefined && `${shell} is not installed here`;
  describe(`completion for ${shell}`, () => {
    test('the script has every command and every option', async (t) => {
      const { code, lines } = await runCommand(t, ['completion', shell]);
      assert.equal(code, 0);
      const script = lines.join('\n');
      const visit = (command) => {
        for (const word of wordsOf(command)) assert.ok(script.includes(word.replace(/^--/, '')), word);
        command.commands.forEach(visit);
      };
      visit(createProgram());
    });

    test('the shell parses it, and completes commands and options', { skip }, async (t) => {
      const { lines } = await runCommand(t, ['completion', shell]);
      const file = join(emptyDirectory(t), shell === 'zsh' ? '_realtime' : `realtime.${shell}`);
      writeFileSync(file, `${lines.join('\n')}\n`);
      execFileSync(program, ['-n', file]);
      // As a start file would load it.
      if (shell === 'zsh')
        execFileSync(program, ['-c', `compdef() { [ "$*" = '_realtime realtime' ]; }; source '${file}'`]);
      const offered = (words) => execFileSync(program, ['-c', ask(file, words)], { encoding: 'utf8' }).split('\n');
      const includes = (words, expected, unexpected) => {
        const found = offered(words);
        for (const word of expected) assert.ok(found.includes(word), `${words}: ${word} in ${found}`);
        for (const word of unexpected) assert.ok(!found.includes(word), `${words}: no ${word} in ${found}`);
      };
      includes('', ['listen', 'doctor', 'doc', '--help'], ['merge', '--count']);
      includes('doc', ['edit', 'merge', '--help'], ['doctor', '--count', 'forward']);
      includes('doc watch', ['--count', '--token', '--help'], ['--lines', 'merge']);
      includes('webhook forward', ['--forward-to', '--public-url'], ['--tolerance', 'sign']);
      includes('listen orders', ['--filter', '--dead-letters'], ['doctor', '--step']);
    });
  });
}

test('an unknown shell is refused with those that are known', async (t) => {
  const { code, stderr } = await runCommand(t, ['completion', 'cmd']);
  assert.equal(code, 2);
  assert.match(stderr, /expected bash, zsh, fish/);
});
