/** `realtime bench`: a load with bounds, and only on one's own platform. */

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';

import { Samples } from '../../cli/src/bench/samples.js';
import { startPlatform } from '../support/local-platform.js';
import { runCommand, settingsOf, startCommand, startInTerminal } from '../support/realtime-command.js';

test('what is published is received, each with its times', async (t) => {
  const platform = await startPlatform(t);
  const settings = settingsOf(platform);
  const { REALTIME_TOKEN } = settings;
  // The address may be an argument.
  const { code, records, stderr } = await runCommand(t, ['bench', settings.REALTIME_URL, '--count', '200'], {
    env: { REALTIME_TOKEN },
  });
  assert.equal(code, 0, stderr);
  const { kind, mode, published, received, lost, errors, seconds, eventsPerSecond, publish, delivery } =
    records().at(-1);
  assert.deepEqual(
    { kind, mode, published, received, lost, errors },
    { kind: 'summary', mode: 'both', published: 200, received: 200, lost: 0, errors: {} },
  );
  assert.ok(Math.abs(eventsPerSecond - 200 / seconds) < 1 + eventsPerSecond / 50);
  for (const { p50, p99, max } of [publish, delivery]) assert.ok(p50 > 0 && p50 <= p99 && p99 <= max);
});

test('publish alone, and receive alone', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const args = ['bench', '--mode', 'publish', '--topic', 'load', '--count', '20', '--size', '10', '--concurrency', '2'];
  const publishing = await runCommand(t, args, { env });
  const summary = publishing.records().at(-1);
  assert.deepEqual([summary.published, summary.received, summary.delivery], [20, undefined, undefined]);
  const receiving = startCommand(t, ['bench', '--mode', 'receive', '--topic', 'load', '--count', '3'], { env });
  await platform.subscribed('load');
  const log = await (await fetch(`${platform.url}/_local/events`)).json();
  assert.deepEqual([log.length, log[0].payload.padding, log[0].topic], [20, 'x'.repeat(10), 'load']);
  // It counts from when it is subscribed on.
  const publishUntilEnd = setInterval(() => platform.publish({ topic: 'load', payload: {} }), 20);
  t.after(() => clearInterval(publishUntilEnd));
  const { code, lines } = await receiving.ended;
  const received = JSON.parse(lines.at(-1));
  assert.deepEqual([code, received.received, received.published], [0, 3, undefined]);
  assert.ok(received.delivery.max >= 0);
});

test('events of others do not count, and those that do not arrive are lost', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const args = ['bench', '--topic', 'load', '--count', '2', '--concurrency', '1'];
  const command = startCommand(t, args, { env });
  await platform.subscribed('load');
  platform.publish({ topic: 'load', payload: { n: 0 } });
  const other = JSON.parse((await command.ended).lines.at(-1));
  assert.deepEqual([other.received, other.lost], [2, 0]);
  platform.faults.delay(2 ** 30);
  const { code, records } = await runCommand(t, args, { env });
  const { published, received, lost } = records().at(-1);
  assert.deepEqual([code, published, received, lost], [1, 2, 0, 2]);
});

test('the time ends it, and so does Ctrl-C, with what was measured', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  const slowly = ['bench', '--count', '100000', '--rate', '20'];
  const timed = await runCommand(t, [...slowly, '--duration', '1'], { env });
  const { published, seconds } = timed.records().at(-1);
  assert.equal(timed.code, 0);
  assert.ok(published >= 1 && published <= 20 * seconds + 8, `${published} in ${seconds} s`);
  const command = startCommand(t, slowly, { env });
  await command.record((record) => record.kind === 'progress' && record.received > 0);
  command.kill('SIGINT');
  const { code, lines } = await command.ended;
  const { kind, lost } = JSON.parse(lines.at(-1));
  assert.deepEqual([code, kind, lost], [0, 'summary', 0]);
  const terminal = await startInTerminal(t, slowly, { env });
  await terminal.shows(/ 1 s {2}\d+ published, \d+ received/);
  terminal.type('\u0003');
  const { code: end, screen } = await terminal.ended;
  assert.equal(end, 0, screen);
  assert.match(
    screen,
    /events a second[\s\S]*until received[\s\S]*p50 [\d.]+ ms, p99 [\d.]+ ms[\s\S]*errors +\S* none/,
  );
});

test('refused requests are counted by their status', async (t) => {
  let count = 0;
  const server = createServer((request, response) => {
    request.resume();
    count += 1;
    response.writeHead(count % 2 === 0 ? 429 : 202).end('{}');
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  const env = { REALTIME_URL: `http://127.0.0.1:${server.address().port}`, REALTIME_TOKEN: 'x' };
  const { code, records } = await runCommand(t, ['bench', '--mode', 'publish', '--count', '10'], { env });
  const { published, errors } = records().at(-1);
  assert.deepEqual([code, published, errors], [1, 5, { 'HTTP 429': 5 }]);
});

test('each failure has its exit code, and no other machine is loaded without consent', async (t) => {
  const platform = await startPlatform(t);
  const env = settingsOf(platform);
  for (const [args, variables, code, message] of [
    [['https://platform.invalid'], env, 2, /platform\.invalid is another machine.*--yes-this-is-my-server/],
    [['http://localhost.platform.invalid'], env, 2, /another machine/],
    [
      ['--mode', 'publish', '--yes-this-is-my-server', 'http://platform.invalid'],
      env,
      3,
      /Is the platform at http:\/\/platform\.invalid up/,
    ],
    [['--count', '100001'], env, 2, /--count: this is a quick load: expected at most 100000/],
    [['--duration', '301'], env, 2, /--duration/],
    [['--concurrency', '65'], env, 2, /--concurrency/],
    [['--size', '100001'], env, 2, /--size/],
    [['--rate', '0'], env, 2, /--rate/],
    [['--mode', 'receive'], env, 2, /--topic: --mode receive needs a topic/],
    [['--mode', 'both', '--count', '5'], settingsOf(platform, ['client']), 4, /HTTP 403/],
    [['--mode', 'publish', '--count', '5'], { ...env, REALTIME_URL: 'http://127.0.0.1:1' }, 3, /Is the platform at/],
  ]) {
    const end = await runCommand(t, ['bench', ...args], { env: variables });
    assert.equal(end.code, code, `${args.join(' ')}: ${end.stderr}`);
    assert.match(end.stderr, message);
  }
});

test('percentiles are values that were measured', () => {
  const samples = new Samples();
  assert.equal(samples.summarise(), undefined);
  for (let ms = 100; ms >= 1; ms -= 1) samples.add(ms);
  assert.deepEqual(samples.summarise(), { p50: 50, p99: 99, max: 100 });
  const one = new Samples();
  one.add(1.23456);
  assert.deepEqual(one.summarise(), { p50: 1.23, p99: 1.23, max: 1.23 });
});
