/**
 * The sources speak the field's language: none of the names and turns of phrase that were given up
 * comes back.
 */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';

const root = join(import.meta.dirname, '..', '..');
const MAX_COLUMNS = 100;
/** Names that were replaced by the field's terms. */
const NAMES =
  /\b(?:[Dd]oorbell|Bell|[Ss]witchboard|[Mm]ailbox\w*|Alarm|turn_away|Newest|spares|[Gg]ulps?|sips|inflow|Slots|Outline|Sightings?|demand_more|spell_out|spelt|Foreign|Leftover|handover|Purpose|doubt_recovery|weather|relent|Happening|PEACE|tally|Feeds|Follower|Receipt|surroundings|isVoid|hasEnded|recheck|Lease|PATIENCE|(?:MOST|LONGEST|LARGEST|SHORTEST)_\w+)\b/;
/** Turns of phrase that a reader has to read twice. */
const PHRASES =
  /\b(?:anew|spelt|whoever|whosoever|upon|is told|are told|that is no|that are no|what is none|is given up|so many (?:of|bytes|events)|is of no use|has none of)\b/i;
const COMMENT = /^\s*(?:\/\/|\/\*|\*(?:[ /]|$))/;
/** Comment lines that cannot be wrapped: rows of tables, tags, commands, links. */
const NOT_PROSE = /^\s*(?:\/\/[/!]?|\/\*\*|\*)(?:\s*(?:\||@|\(|`|biome-ignore)|\s{5})|https?:\/\/|\{.*\}|\S{60}/;

/** @param {string} text */
function violations(text) {
  return text.split('\n').flatMap((line, index) => {
    const found = [NAMES.exec(line)?.[0], COMMENT.test(line) ? PHRASES.exec(line)?.[0] : undefined];
    if (COMMENT.test(line) && line.length > MAX_COLUMNS && !NOT_PROSE.test(line)) found.push(`${line.length} columns`);
    return found.filter((what) => what !== undefined).map((what) => `${index + 1}: ${what}`);
  });
}

test('names and comments are plain', () => {
  const paths = execFileSync('git', ['ls-files', '*.rs', '*.js', '*.mjs', '*.ts'], { cwd: root, encoding: 'utf8' });
  const own = paths
    .trim()
    .split('\n')
    .filter((path) => !path.startsWith('native/') && !import.meta.filename.endsWith(path));
  const found = own.flatMap((path) =>
    violations(readFileSync(join(root, path), 'utf8')).map((what) => `${path}:${what}`),
  );
  assert.ok(own.length > 300);
  assert.deepEqual(found, []);
});

test('each rule can fail', () => {
  for (const line of ['struct Mailbox;', '// It is made anew.', `// ${'word '.repeat(MAX_COLUMNS / 5)}`])
    assert.equal(violations(line).length, 1, line);
  assert.deepEqual(violations('struct Inbox; // The caller\nconst anew = 1;'), []);
});
