/** The options that depend on the engine, where there is only the JavaScript one. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { chooseEngine, parseEngine, parseProxy, parseTls } from '../../lib/options/engine/web.js';

test('the engine is JavaScript, without a proxy', () => {
  assert.deepEqual(chooseEngine(), { engine: 'javascript', proxy: undefined });
  assert.equal(parseEngine('javascript', 'options.engine'), 'javascript');
  assert.equal(parseProxy(false, 'options.proxy'), undefined);
});

test('what only the native engine does is refused, and no value is shown', () => {
  for (const [code, parse, value] of /** @type {const} */ ([
    ['ADDON_NOT_FOUND', () => parseEngine('native', 'options.engine'), /^options\.engine: .*only on Node/],
    [
      'INVALID_ARGUMENT',
      () => parseEngine('rust', 'options.engine'),
      /^options\.engine: expected 'native' or 'javascript'/,
    ],
    ['INVALID_ARGUMENT', () => parseTls({ key: 'hunter2' }, 'options.tls'), /^options\.tls: .*only on Node.*TLS/],
    [
      'INVALID_ARGUMENT',
      () => parseProxy('http://u:hunter2@p:1', 'options.proxy'),
      /^options\.proxy: .*only on Node.*proxy/,
    ],
  ]))
    assert.throws(parse, (/** @type {any} */ error) => {
      assert.equal(error.code, code);
      assert.match(error.message, value);
      assert.doesNotMatch(error.message, /hunter2/);
      return true;
    });
});
