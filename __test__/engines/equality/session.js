/**
 * The session that is compared: the one that replays recordings, with what a client may measure.
 */

import { Meter } from '../../../lib/engines/javascript/session/meter/meter.js';
import { Session as Recorded } from '../../../lib/recording/session.js';

class Session extends Recorded {
  constructor(config, random, now) {
    super(config, random, now);
    if (config.measure) this.meter = new Meter(config.measure, config.unixTime, {});
  }

  measured(now) {
    return this.meter?.measured(now) ?? {};
  }

  measuredTotals() {
    const { latency, topics } = this.meter ?? {};
    const of = (histogram) => [histogram?.count ?? 0, histogram?.sum ?? 0, histogram?.max ?? 0];
    const best = latency?.serverClock.best;
    const counts = topics?.counts() ?? [];
    return {
      roundTrip: of(latency?.roundTrip),
      serverClock: best ? [best.base, best.error] : null,
      eventAge: of(latency?.age),
      topics: [counts.length, counts.reduce((sum, { events }) => sum + events, 0), topics?.other ?? 0],
    };
  }
}

export { Session };
