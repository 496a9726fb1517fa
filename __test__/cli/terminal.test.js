/** The commands in a terminal: readable, with colour, ended by Ctrl-C. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startPlatform } from '../support/local-platform.js';
import { settingsOf, startInTerminal } from '../support/realtime-command.js';

const CTRL_C = '\u0003';
const ESCAPE = '\u001b';

test('listen shows events in colour, and Ctrl-C ends it with a summary', async (t) => {
  const platform = await startPlatform(t);
  const terminal = await startInTerminal(t, ['listen', 'order.updated'], { env: settingsOf(platform) });
  await terminal.shows(/\* subscribed to order\.updated/);
  // A payload must not control the terminal.
  platform.publish({ topic: 'order.updated', payload: { orderId: 7, text: `${ESCAPE}[2J\u009b2J` } });
  await terminal.shows(/"orderId":7/);
  await platform.faults.goAway();
  await terminal.shows(/\* reconnecting/);
  await platform.faults.comeBack();
  await terminal.shows(/\* gap: events between/);
  terminal.type(CTRL_C);
  const { code, screen } = await terminal.ended;
  assert.equal(code, 0);
  assert.match(screen, /1 event, 1 gap, 1 reconnect, 0 duplicates dropped/);
  assert.ok(screen.includes(`${ESCAPE}[36morder.updated${ESCAPE}[39m`));
  assert.ok(!screen.includes(`${ESCAPE}[2J`) && !screen.includes('\u009b'));
});

test('NO_COLOR and --no-color leave out colour, --json the sentences', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  for (const [args, variables] of [
    [['doctor'], { ...env, NO_COLOR: '1' }],
    [['doctor', '--no-color'], env],
  ]) {
    const { code, screen } = await (await startInTerminal(t, args, { env: variables })).ended;
    assert.equal(code, 0);
    assert.match(screen, /All is well\./);
    assert.ok(!screen.includes(`${ESCAPE}[3`), screen);
  }
  const coloured = await (await startInTerminal(t, ['doctor'], { env })).ended;
  assert.ok(coloured.screen.includes(`${ESCAPE}[32m`));
  const { screen } = await (await startInTerminal(t, ['doc', 'list', 'notes', '--json'], { env })).ended;
  assert.equal(screen, '');
});

test('every long-running command ends with Ctrl-C', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  for (const [args, started, summary] of [
    [['doc', 'watch', 'notes', 'n1'], /connected/, /0 changes, 0 gaps/],
    [['channel', 'join', 'lobby'], /joined lobby, 1 member/, /0 messages, 0 gaps/],
    [['dev', '--port', '0'], /TOKEN=/, /Local realtime platform/],
  ]) {
    const terminal = await startInTerminal(t, args, { env });
    await terminal.shows(started);
    terminal.type(CTRL_C);
    const { code, screen } = await terminal.ended;
    assert.equal(code, 0, `${args.join(' ')}: ${screen}`);
    assert.match(screen, summary);
  }
});
