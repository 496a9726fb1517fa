/** Records everything that a RealtimeClient reports, in order, with promises for later reports. */

import { RealtimeClient } from '../../lib/index.js';
import { ReportLog } from './report-log.js';

/** Short delays, so that tests of reconnecting are quick. */
const quick = { reconnectionDelay: 10, reconnectionDelayMax: 40 };

/**
 * A client that is destroyed after the test.
 *
 * @param {import('node:test').TestContext} t
 * @param {import('../../index.js').RealtimeClientOptions} options
 */
function observe(t, options) {
  const client = new RealtimeClient({ ...quick, ...options });
  t.after(() => client.destroy());

  const log = new ReportLog();
  log.follow(client, ['event', 'connection', 'gap', 'slow', 'error']);

  return {
    client,
    events: () => log.all('event'),
    errors: () => log.all('error'),
    gaps: () => log.all('gap'),
    changes: () => log.all('connection'),
    states: () => log.all('connection').map(({ state }) => state),

    seen: (...report) => log.seen(...report),
    /** The `count`th time this state was reported. */
    reached(state, count) {
      return log.seen('connection', (change) => change.state === state, count);
    },
  };
}

export { observe };
