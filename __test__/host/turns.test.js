/** How the host yields a turn where there is no `setImmediate`, as in browsers. */

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { test } from 'node:test';

const WEB = new URL('../../lib/host/web.js', import.meta.url).href;

/** Runs a module that sets up the globals, then uses the host. */
function run(before) {
  const source = `
    delete globalThis.setImmediate;
    ${before}
    const { yieldTurn } = await import('${WEB}');
    const order = [];
    yieldTurn(() => {
      order.push('first');
      Promise.resolve().then(() => order.push('microtask'));
      yieldTurn(() => {
        console.log(order.join());
        process.exit();
      });
    });
    yieldTurn(() => order.push('second'));
    order.push('now');`;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', source], { encoding: 'utf8' }).trim();
}

test('messages are turns: in their order, each with its microtasks, and no timer is used', () => {
  assert.equal(run('globalThis.setTimeout = () => { throw new Error("a timer"); };'), 'now,first,microtask,second');
});

test('timers are turns where a port would belong to one request', () => {
  const before = `
    Object.defineProperty(globalThis, 'navigator', { value: { userAgent: 'Cloudflare-Workers' }, configurable: true });
    globalThis.MessageChannel = class { constructor() { throw new Error('a port'); } };`;
  assert.equal(run(before), 'now,first,microtask,second');
});

test('timers are turns where there is nothing else', () => {
  assert.equal(run('delete globalThis.MessageChannel;'), 'now,first,microtask,second');
});
