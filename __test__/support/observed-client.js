'use strict';

/** A RealtimeClient under observation: all it reports, in order, and promises for what is to come. */

const { inspect } = require('node:util');

const { RealtimeClient } = require('../../index.js');

/** Short delays, so that tests of reconnecting are quick. */
const quick = { reconnectionDelay: 10, reconnectionDelayMax: 40 };

/** How long a test waits for something that should have come at once. */
const PATIENCE = 10_000;

/**
 * A client that is destroyed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('../../index.js').RealtimeClientOptions} options
 */
function observe(t, options) {
  const client = new RealtimeClient({ ...quick, ...options });
  t.after(() => client.destroy());

  const log = [];
  const waiting = new Set();
  for (const name of ['event', 'connection', 'gap', 'error']) {
    client.on(name, (data) => {
      log.push({ name, data });
      for (const check of waiting) check();
    });
  }
  const all = (name) => log.filter((entry) => entry.name === name).map(({ data }) => data);

  /** The `count`th report of this kind that fulfils the condition, past or to come. */
  const seen = (name, condition = () => true, count = 1) =>
    new Promise((resolve, reject) => {
      const overdue = () =>
        reject(new Error(`no such '${name}' within ${PATIENCE} ms, but: ${inspect(log.slice(-20))}`));
      const deadline = setTimeout(overdue, PATIENCE);
      const check = () => {
        const found = all(name).filter(condition)[count - 1];
        if (found === undefined) return;
        clearTimeout(deadline);
        waiting.delete(check);
        resolve(found);
      };
      waiting.add(check);
      check();
    });

  return {
    client,
    events: () => all('event'),
    errors: () => all('error'),
    gaps: () => all('gap'),
    changes: () => all('connection'),
    states: () => all('connection').map(({ state }) => state),

    seen,
    /** The `count`th time this state was reported. */
    reached(state, count) {
      return seen('connection', (change) => change.state === state, count);
    },
  };
}

module.exports = { observe };
