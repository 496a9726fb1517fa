/** `realtime doc edit`: nothing that the user typed is lost, and nothing is overwritten unseen. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { test } from 'node:test';

import { findMistake } from '../../cli/src/editing/json-place.js';
import { diffValues } from '../../cli/src/editing/line-diff.js';
import { startPlatform } from '../support/local-platform.js';
import { runCommand, settingsOf, startInTerminal } from '../support/realtime-command.js';
import { scriptedEditor } from '../support/scripted-editor.js';

const EDIT = ['doc', 'edit', 'notes', 'n1'];
const isWindows = process.platform === 'win32';

/** A platform with a document, and an editor that takes these steps. */
async function prepare(t, steps) {
  const platform = await startPlatform(t);
  platform.documents.create('notes', { id: 'n1', data: { title: 'first', done: false } });
  const editor = scriptedEditor(t, steps);
  const env = { ...settingsOf(platform), VISUAL: '', EDITOR: editor.command };
  return { platform, editor, env };
}

/** Where the command says that it kept the text. */
function keptIn(t, output) {
  const [, path] = /Your text is in (\S+)/.exec(output) ?? assert.fail(output);
  t.after(() => rmSync(dirname(path), { recursive: true, force: true }));
  return { path, text: readFileSync(path, 'utf8') };
}

/** No file of an editor is left. */
function assertRemoved(editor) {
  for (const { path } of editor.calls()) assert.ok(!existsSync(dirname(path)), path);
}

test('what the editor saves is written with the revision that was read, and the file is gone', async (t) => {
  const { platform, editor, env } = await prepare(t, [({ text, save }) => save(text.replace('first', 'second'))]);
  const { code, stderr, records } = await runCommand(t, EDIT, { env });
  assert.equal(code, 0, stderr);
  const [document] = records();
  assert.deepEqual([document.revision, document.data], [2, { title: 'second', done: false }]);
  assert.equal(platform.documents.get('notes', 'n1').data.title, 'second');
  const [{ mode, folder, text }] = editor.calls();
  if (!isWindows) assert.deepEqual([mode, folder], [0o600, 0o700]);
  assert.match(text, /^\/\/ notes\/n1, revision 1\. .*\n\{\n {2}"title": "first",/);
  assertRemoved(editor);
});

test('an unchanged file, an empty one and a change of the layout alone write nothing', async (t) => {
  for (const [step, note] of [
    [() => {}, 'Nothing changed'],
    [({ save }) => save('\n'), 'The file is empty'],
    [({ save }) => save('{"done":false,\n// mine\n"title":"first"}'), 'Nothing changed'],
  ]) {
    const { platform, editor, env } = await prepare(t, [step]);
    const { code, lines, stderr } = await runCommand(t, [...EDIT, '--no-json'], { env });
    assert.equal(code, 0, stderr);
    assert.match(stderr, new RegExp(`${note}: nothing was written`));
    assert.match(lines[0], /notes\/n1 revision 1/);
    assert.equal(platform.documents.get('notes', 'n1').revision, 1);
    assertRemoved(editor);
  }
});

test('an editor that fails or cannot be started writes nothing, and keeps what it saved', async (t) => {
  const { platform, editor, env } = await prepare(t, [
    ({ exit }) => exit(3),
    ({ text, save, exit }) => {
      save(text.replace('first', 'typed'));
      exit(1);
    },
  ]);
  const untouched = await runCommand(t, EDIT, { env });
  assert.equal(untouched.code, 1);
  assert.match(untouched.stderr, /ended with 3: nothing was written/);
  assertRemoved(editor);
  const touched = await runCommand(t, EDIT, { env });
  assert.equal(touched.code, 1);
  assert.deepEqual(JSON.parse(keptIn(t, touched.stderr).text), { title: 'typed', done: false });
  const missing = await runCommand(t, EDIT, { env: { ...env, VISUAL: '/nowhere/editor --wait' } });
  assert.equal(missing.code, 1);
  assert.match(
    missing.stderr,
    /'\/nowhere\/editor --wait' cannot be started \(.*ENOENT; set VISUAL or EDITOR to another one\)/,
  );
  // $VISUAL goes before $EDITOR, and may be any shell command.
  if (!isWindows) {
    const shell = await runCommand(t, EDIT, { env: { ...env, VISUAL: 'true "quoted word"; exit 7;' } });
    assert.match(shell.stderr, /ended with 7/);
  }
  assert.equal(platform.documents.get('notes', 'n1').revision, 1);
});

test('without a terminal, a mistake names the line and keeps the text', async (t) => {
  const typed = '{\n  "title": "first"\n  "done": true\n}';
  const { env } = await prepare(t, [({ save }) => save('{\n  "title": "first"\n  "done": true\n}\n')]);
  const { code, stderr } = await runCommand(t, EDIT, { env });
  assert.equal(code, 2);
  assert.match(stderr, /Line 3, column 3: expected a comma or \}, in: "done": true/);
  const { path, text } = keptIn(t, stderr);
  assert.equal(text, `${typed}\n`);
  if (!isWindows) assert.equal(statSync(path).mode & 0o777, 0o600);
});

test('without a terminal, a conflict shows both changes and keeps the text', async (t) => {
  const { platform, env } = await prepare(t, [
    ({ text, save, realtime }) => {
      realtime('doc', 'merge', 'notes', 'n1', '{"title":"theirs"}');
      save(text.replace('false', 'true'));
    },
  ]);
  const { code, stderr, lines } = await runCommand(t, EDIT, { env });
  assert.deepEqual([code, lines], [6, []]);
  assert.match(stderr, /from revision 1 to 2:\n {2}\{\n- {3}"title": "first",\n\+ {3}"title": "theirs",/);
  assert.match(stderr, /Your change:\n {2}\{\n {4}"title": "first",\n- {3}"done": false\n\+ {3}"done": true/);
  assert.match(stderr, /Conflict: notes\/n1 has revision 2; you edited revision 1/);
  assert.deepEqual(JSON.parse(keptIn(t, stderr).text), { title: 'first', done: true });
  assert.deepEqual(platform.documents.get('notes', 'n1').data, { title: 'theirs', done: false });
});

test('a document that is gone: not found before, a conflict afterwards', async (t) => {
  const { platform, editor, env } = await prepare(t, [
    ({ text, save, realtime }) => {
      realtime('doc', 'delete', 'notes', 'n1');
      save(text.replace('first', 'typed'));
    },
  ]);
  const deleted = await runCommand(t, EDIT, { env });
  assert.equal(deleted.code, 6);
  assert.match(deleted.stderr, /was deleted after revision 1/);
  assert.equal(JSON.parse(keptIn(t, deleted.stderr).text).title, 'typed');
  const missing = await runCommand(t, EDIT, { env });
  assert.equal(missing.code, 5);
  assert.equal(editor.calls().length, 1);
  assert.throws(() => platform.documents.get('notes', 'n1'));
});

test('in a terminal, a mistake leads back to the editor, which has the text and the line', async (t) => {
  const { platform, editor, env } = await prepare(t, [
    ({ text, save }) => save(text.replace('first",', 'typed"')),
    ({ text, save }) => save(text.replace('typed"', 'typed",')),
  ]);
  const terminal = await startInTerminal(t, EDIT, { env });
  await terminal.shows(/Line 5, column 3: expected a comma or \}, in: "done": false[\s\S]*Edit again\? \[Y\/q\] /);
  terminal.type('\r');
  const { code, screen } = await terminal.ended;
  assert.equal(code, 0, screen);
  assert.match(screen, /revision 2/);
  assert.deepEqual(platform.documents.get('notes', 'n1').data, { title: 'typed', done: false });
  const [, { text }] = editor.calls();
  // The number is that of the line in the file which the editor shows.
  const [first, ...lines] = text.split('\n');
  assert.match(first, /^\/\/ Line 5, column 3: expected/);
  assert.match(lines[5 - 2], /"done": false/);
  assert.match(text, /"title": "typed"\n/);
  assertRemoved(editor);
});

test('in a terminal, a conflict leads back to the editor, which has the difference', async (t) => {
  const { platform, editor, env } = await prepare(t, [
    ({ text, save, realtime }) => {
      realtime('doc', 'merge', 'notes', 'n1', '{"title":"theirs"}');
      save(text.replace('false', 'true'));
    },
    ({ text, save }) => save(text.replace(/^ {2}"title": "first"/m, '  "title": "both"')),
  ]);
  const terminal = await startInTerminal(t, EDIT, { env });
  await terminal.shows(/Edit again/);
  terminal.type('y\r');
  const { code, screen } = await terminal.ended;
  assert.equal(code, 0, screen);
  assert.ok(screen.includes('\u001b[32m+   "title": "theirs",\u001b[39m'), screen);
  const document = platform.documents.get('notes', 'n1');
  assert.deepEqual([document.revision, document.data], [3, { title: 'both', done: true }]);
  const [, { text }] = editor.calls();
  assert.match(
    text,
    /^\/\/ Conflict: .*\n\/\/ Saving writes over revision 2\. .*\n(\/\/ .*\n)*\/\/ \+ {3}"title": "theirs",/,
  );
  assertRemoved(editor);
});

test('giving up after a conflict keeps the text, also where the file was emptied', async (t) => {
  const conflict = ({ text, save, realtime }) => {
    realtime('doc', 'merge', 'notes', 'n1', `{"title":"theirs ${Math.random()}"}`);
    save(text.replace('false', 'true'));
  };
  const { env } = await prepare(t, [conflict, conflict, ({ save }) => save('')]);
  const quitting = await startInTerminal(t, EDIT, { env });
  await quitting.shows(/Edit again/);
  quitting.type('q\r');
  const quit = await quitting.ended;
  assert.equal(quit.code, 6);
  assert.deepEqual(JSON.parse(keptIn(t, quit.screen).text), { title: 'first', done: true });
  const emptying = await startInTerminal(t, EDIT, { env });
  await emptying.shows(/Edit again/);
  emptying.type('\r');
  const emptied = await emptying.ended;
  assert.equal(emptied.code, 0);
  assert.match(emptied.screen, /The file is empty: nothing was written/);
  assert.equal(JSON.parse(keptIn(t, emptied.screen).text).done, true);
});

test('Ctrl-C belongs to the editor while it is open, and ends the command at the prompt', async (t) => {
  const { platform, env } = await prepare(t, [
    async ({ save }) => {
      const alive = setInterval(() => {}, 60_000);
      await new Promise((resolve) => {
        process.once('SIGINT', resolve);
        process.stdout.write('EDITING');
      });
      clearInterval(alive);
      save('{ typed');
    },
  ]);
  const terminal = await startInTerminal(t, EDIT, { env });
  await terminal.shows(/EDITING/);
  terminal.type('\u0003');
  await terminal.shows(/Edit again/);
  terminal.type('\u0003');
  const { code, screen } = await terminal.ended;
  assert.equal(code, 2, screen);
  assert.equal(keptIn(t, screen).text, '{ typed\n');
  assert.equal(platform.documents.get('notes', 'n1').revision, 1);
});

test('a signal ends the editor: an unchanged file is removed, a changed one stays', async (t) => {
  if (isWindows) return t.skip('Windows has no signals');
  const waiting = async ({ text, save }) => {
    if (process.env.TYPED) save(text.replace('first', process.env.TYPED));
    process.stdout.write('EDITING');
    await new Promise(() => setInterval(() => {}, 60_000));
  };
  const { platform, editor, env } = await prepare(t, [waiting, waiting]);
  const idle = await startInTerminal(t, EDIT, { env });
  await idle.shows(/EDITING/);
  idle.kill('SIGTERM');
  assert.equal((await idle.ended).code, 130);
  assertRemoved(editor);
  const busy = await startInTerminal(t, EDIT, { env: { ...env, TYPED: 'typed' } });
  await busy.shows(/EDITING/);
  busy.kill('SIGHUP');
  const { code, screen } = await busy.ended;
  assert.equal(code, 130);
  assert.deepEqual(JSON.parse(keptIn(t, screen).text), { title: 'typed', done: false });
  assert.equal(platform.documents.get('notes', 'n1').revision, 1);
});

test('the place of a mistake in JSON, and nothing where there is none', () => {
  for (const [text, line, column, expected] of [
    ['', 1, 1, /a value/],
    ['{"a":1,}', 1, 8, /a name/],
    ['{\n"a" 1}', 2, 5, /a colon/],
    ['{"a":\n\n [1,]}', 3, 5, /a value/],
    ['{"a":1 "b":2}', 1, 8, /a comma or \}/],
    ['[1 2]', 1, 4, /a comma or \]/],
    ['{"a":"open\n"}', 1, 6, /a value/],
    ['{"a":"\\x"}', 1, 6, /a value/],
    ["{'a':1}", 1, 2, /a name/],
    ['{"a":01}', 1, 6, /a value/],
    ['{"a":truee}', 1, 6, /a value/],
    ['{"a":1}\n}', 2, 1, /the end/],
    ['{"a":[', 1, 7, /a value/],
  ]) {
    assert.throws(() => JSON.parse(text), text);
    const place = findMistake(text);
    assert.deepEqual([place?.line, place?.column], [line, column], text);
    assert.match(place.expected, expected);
  }
  for (const text of ['{}', ' [ ] ', '{"a":{"b":[1,-2.5e3,"\\u00e9\\"",null,true]},"c":""}', '"x"', '0'])
    assert.equal(findMistake(text), undefined, text);
});

test('a difference has the changed lines with their neighbours', () => {
  const before = { a: 1, list: Array.from({ length: 30 }, (_, n) => n), z: 1 };
  const text = (lines) => lines.map((line) => (line === undefined ? '...' : `${line.sign}${line.text.trim()}`));
  assert.deepEqual(text(diffValues(before, { ...before, a: 2, z: 2 })), [
    ' {',
    '-"a": 1,',
    '+"a": 2,',
    ' "list": [',
    ' 0,',
    ' 1,',
    '...',
    ' 28,',
    ' 29',
    ' ],',
    '-"z": 1',
    '+"z": 2',
    ' }',
  ]);
  assert.deepEqual(diffValues(before, before), []);
  // Too long to compare: all of it is replaced.
  const long = (n) => Array.from({ length: 3000 }, (_, i) => i * 2 + n);
  assert.equal(diffValues(long(0), long(1)).filter((line) => line?.sign === '+').length, 3000);
});
