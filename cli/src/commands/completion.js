/** `realtime completion`: scripts for bash, zsh and fish, made from the commands themselves. */

import { usageError } from '../exit-codes.js';

/** @import { Command } from 'commander' */

/** @typedef {{ path: string[], words: { word: string, about: string }[] }} Place what can follow a command */

/** @type {Record<string, (places: Place[]) => string>} */
const SHELLS = { bash: forBash, zsh: forZsh, fish: forFish };

/** @param {string} shell @param {Command} program */
export function completion(shell, program) {
  const write = Object.hasOwn(SHELLS, shell) ? SHELLS[shell] : undefined;
  if (write === undefined) throw usageError(`completion: expected ${Object.keys(SHELLS).join(', ')}.`);
  process.stdout.write(write(placesOf(program)));
}

/** @param {Command} command @param {string[]} [path] @returns {Place[]} */
function placesOf(command, path = []) {
  const commands = command.commands.map((child) => ({ word: child.name(), about: child.description() }));
  const options = command.options.map(({ long, description }) => ({ word: String(long), about: description }));
  const help = { word: '--help', about: 'show the help' };
  return [
    { path, words: [...commands, ...options, help] },
    ...command.commands.flatMap((child) => placesOf(child, [...path, child.name()])),
  ];
}

/** The words that are commands lead to a place; the first option ends the path. @param {Place[]} places */
function forBash(places) {
  const cases = places.map(({ path, words }) => {
    return `    '${path.join(' ')}') words='${words.map(({ word }) => word).join(' ')}' ;;`;
  });
  const commands = places.filter(({ path }) => path.length > 0).map(({ path }) => `'${path.join(' ')}'`);
  return `# realtime completion bash > /etc/bash_completion.d/realtime
_realtime() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "\${path:+$path }$word" in
      ${commands.join('|')}) path="\${path:+$path }$word" ;;
    esac
  done
  case "$path" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -o default -F _realtime realtime
`;
}

/** @param {Place[]} places */
function forZsh(places) {
  const quote = (/** @type {string} */ text) => `'${text.replaceAll("'", "'\\''")}'`;
  const cases = places.map(({ path, words }) => {
    const described = words.map(({ word, about }) => quote(`${word}:${about}`)).join(' ');
    return `    ${quote(path.join(' '))}) described=(${described}) ;;`;
  });
  const commands = places.filter(({ path }) => path.length > 0).map(({ path }) => quote(path.join(' ')));
  return `#compdef realtime
# realtime completion zsh > "\${fpath[1]}/_realtime"
_realtime() {
  local place='' word
  local -a described
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "\${place:+$place }$word" in
      ${commands.join('|')}) place="\${place:+$place }$word" ;;
    esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  _describe realtime described || _files
}
# Loaded by its first completion, or by source.
if [ "\${funcstack[1]}" = _realtime ]; then _realtime; else compdef _realtime realtime; fi
`;
}

/** @param {Place[]} places */
function forFish(places) {
  const quote = (/** @type {string} */ text) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
  const lines = places.flatMap(({ path, words }) => {
    const seen = path.map((word) => `__fish_seen_subcommand_from ${word}`);
    const deeper = places
      .filter(
        (place) => place.path.length === path.length + 1 && path.every((word, index) => place.path[index] === word),
      )
      .map((place) => place.path[path.length]);
    const unseen = deeper.length > 0 ? [`not __fish_seen_subcommand_from ${deeper.join(' ')}`] : [];
    const condition = [...seen, ...unseen].join('; and ');
    return words.map(({ word, about }) => {
      const what = word.startsWith('--') ? `-l ${word.slice(2)}` : `-f -a ${word}`;
      return `complete -c realtime${condition === '' ? '' : ` -n ${quote(condition)}`} ${what} -d ${quote(about)}`;
    });
  });
  return `# realtime completion fish > ~/.config/fish/completions/realtime.fish\n${lines.join('\n')}\n`;
}
