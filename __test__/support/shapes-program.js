/**
 * Compares events that arrive at a handler with JSON.parse: the same values, keys in the same
 * order, the same prototypes. shapes.differential.test.js runs it with and without code generation.
 * Prints a summary.
 */

import assert from 'node:assert/strict';

import fc from 'fast-check';

import { RealtimeClient } from '../../lib/index.js';
import { damage, damaged, event, members, scalar } from './random-json.js';
import { startRawServer } from './raw-server.js';
import { same } from './same-value.js';

const RUNS = Number(process.argv[2] ?? 300);

async function main() {
  const parse = JSON.parse;
  const summary = { events: 0, refused: 0, parsed: 0 };
  const server = await startRawServer();
  const client = new RealtimeClient({ url: server.url, token: 't' });
  const received = [];
  let marked = () => {};
  client.on('event', (data) => {
    received.push(data);
    if (data.type === 'mark') marked();
  });
  client.on('error', () => {
    summary.refused += 1;
  });
  client.subscribe({ topic: 't' });
  JSON.parse = (text) => {
    // Counts events in a batch. The rest are notices, and definitions of shapes and keys.
    if (text.startsWith('[{')) summary.parsed += 1;
    return parse(text);
  };

  let ids = 0;
  /** Sends texts, each with an ID. Resolves with what the handler received. */
  const pass = async (texts) => {
    received.length = 0;
    for (const text of texts) await server.sendEvent(text);
    const arrived = new Promise((resolve) => {
      marked = resolve;
    });
    ids += 1;
    await server.sendEvent(`{"id":"mark${ids}","topic":"t","type":"mark"}`);
    await arrived;
    summary.events += received.length;
    return received.slice(0, -1);
  };
  const next = (extra) => event(`e${++ids}`, extra);

  // Events of a few shapes, repeated in any order, with some scalars replaced.
  await fc.assert(
    fc.asyncProperty(
      fc.array(members, { minLength: 1, maxLength: 3 }),
      fc.array(fc.tuple(fc.nat(2), fc.nat(4), scalar), { minLength: 4, maxLength: 24 }),
      async (shapes, plan) => {
        const texts = plan.map(([shape, place, value]) => {
          const extra = shapes[shape % shapes.length];
          return next(extra.map(([name, old], at) => [name, at === place && !/^[[{]/.test(old) ? value : old]));
        });
        const events = await pass(texts);
        const expected = texts
          .map((text) => parse(text))
          .filter(({ topic, id }) => topic === 't' && typeof id === 'string');
        assert.deepStrictEqual(events, expected);
        for (const [at, each] of events.entries()) same(each, expected[at]);
      },
    ),
    { numRuns: RUNS },
  );

  // Damaged events of a known shape: one that JSON.parse rejects does not arrive, any other arrives
  // as JSON.parse reads it.
  await fc.assert(
    fc.asyncProperty(members, fc.array(damage, { minLength: 1, maxLength: 20 }), async (extra, damages) => {
      await pass([next(extra), next(extra), next(extra)]);
      const texts = damages.map((each) => damaged(next(extra), each)).filter((text) => isText(text));
      const events = await pass(texts);
      const sound = texts.flatMap((text) => argument(text, parse));
      const byId = new Map(sound.map((each) => [each.id, each]));
      for (const each of events) {
        assert.ok(byId.has(each.id), `not refused: ${JSON.stringify(each)}`);
        assert.deepStrictEqual(each, byId.get(each.id));
      }
    }),
    { numRuns: RUNS },
  );

  JSON.parse = parse;
  client.destroy();
  server.close();
  console.log(JSON.stringify(summary));
}

/** Whether the text reaches the other side unchanged. */
const isText = (text) => text.isWellFormed();

/** The event within a frame, if there is one: damage may have added arguments. */
function argument(text, parse) {
  try {
    const [, found] = parse(`["event",${text}]`);
    return typeof found?.id === 'string' && found.topic === 't' ? [found] : [];
  } catch {
    return [];
  }
}

main();
