/**
 * Compares verified bodies with JSON.parse: the same values, keys in the same order, the same
 * prototypes, or the same refusal. webhook-shapes.differential.test.js runs it with and without
 * code generation. Prints a summary.
 */

import assert from 'node:assert/strict';

import fc from 'fast-check';

import { signWebhook, WebhookReceiver } from '../../lib/index.js';
import { checkEvent } from '../../lib/webhook/event.js';
import { damage, damaged, members, scalar } from './random-json.js';
import { same } from './same-value.js';

const RUNS = Number(process.argv[2] ?? 300);
const SECRET = 'secret';
// Both receivers share the shapes that either of them learns.
const receivers = [new WebhookReceiver(SECRET), new WebhookReceiver(SECRET)];
const summary = { events: 0, refused: 0, decoded: 0 };

/** @returns {{ value?: any, code?: string }} */
function judge(run) {
  try {
    return { value: run() };
  } catch (error) {
    return { code: error.code };
  }
}

/** What JSON.parse makes of a body; undefined where it is not JSON. @param {string} text */
function parse(text) {
  try {
    return JSON.parse(text.replace(/^\ufeff/, ''));
  } catch {
    return undefined;
  }
}

/** @param {string | Buffer} body @param {number} [which] of the receivers */
function check(body, which = 0) {
  const headers = signWebhook(body, SECRET);
  const expected = judge(() => checkEvent(parse(body.toString())));
  const { parse: original } = JSON;
  let parsed = false;
  JSON.parse = (text) => {
    parsed ||= text === body.toString();
    return original(text);
  };
  const found = judge(() => receivers[which].verify(body, headers).event);
  JSON.parse = original;
  assert.deepStrictEqual(found, expected);
  same(found.value, expected.value);
  summary[found.code === undefined ? 'events' : 'refused'] += 1;
  summary.decoded += parsed ? 0 : 1;
}

const space = fc.constantFrom(...Array(40).fill(''), ' ', '\n\t\r', '\n', '\ufeff', '\u00a0', '\0', ',', '{}');
let ids = 0;

/** An event, unless the members say something else. */
function event(extra) {
  ids += 1;
  const rest = extra.map(([name, one]) => `,${name}:${one}`).join('');
  return `{"id":"e${ids}","topic":"t","type":"x","payload":{"n":${ids}}${rest}}`;
}

// Events of a few shapes, repeated in any order, with some scalars replaced, and with any text
// around them.
fc.assert(
  fc.property(
    fc.array(members, { minLength: 1, maxLength: 3 }),
    fc.array(fc.tuple(fc.nat(2), fc.nat(9), scalar, space, space, fc.boolean()), { minLength: 12, maxLength: 36 }),
    (shapes, plan) => {
      for (const [shape, place, value, before, behind, asBytes] of plan) {
        const extra = shapes[shape % shapes.length];
        const exchanged = extra.map(([name, old], at) => [name, at === place && !/^[[{]/.test(old) ? value : old]);
        const text = before + event(exchanged) + behind;
        check(asBytes || !text.isWellFormed() ? Buffer.from(text) : text, ids % 2);
      }
    },
  ),
  { numRuns: RUNS },
);

// Events of a known shape, damaged as texts and as bytes.
fc.assert(
  fc.property(members, fc.array(fc.tuple(damage, fc.nat(255)), { minLength: 1, maxLength: 20 }), (extra, damages) => {
    for (let n = 0; n < 3; n += 1) check(Buffer.from(event(extra)));
    for (const [each, byte] of damages) {
      check(Buffer.from(damaged(event(extra), each)));
      const bytes = Buffer.from(event(extra));
      bytes[each[0] % bytes.length] = byte;
      check(bytes);
    }
  }),
  { numRuns: RUNS },
);

// Bodies near every limit: of arrays, of strings, and of shapes.
const LARGE = { maxBodyBytes: 64 << 20 };
receivers[0] = new WebhookReceiver(SECRET, LARGE);
const lists = {
  doubles: (count) => `[${Array(count).fill('0.5').join()}]`,
  objects: (count) => `[${Array(count).fill('{"a":"é","b":0.25}').join()}]`,
  texts: (count) => `["${'x'.repeat(count)}","${'€'.repeat(count)}"]`,
  // More members than the engine recognizes in a shape, with few values.
  long: (count) => `["${'y'.repeat(count * 150)}"]`,
};
for (const list of Object.values(lists)) {
  for (const count of [1000, 1000, 1000, 30_000, 65_530, 65_536, 70_000, 140_000, 10, 10])
    check(Buffer.from(event([['"list"', list(count)]])));
}

console.log(JSON.stringify(summary));
