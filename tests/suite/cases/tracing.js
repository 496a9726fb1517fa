/** What observers of a client see. */

import { equal, ok } from '../kit/expect.js';
import { connected } from '../kit/kit.js';

const { navigator, PerformanceObserver, process } = /** @type {any} */ (globalThis);
/** Workers stop their clock, and have neither channels nor measures. */
const IS_WORKER = navigator?.userAgent === 'Cloudflare-Workers';

export const tracing = [
  {
    name: 'publishes to the channels of diagnostics_channel',
    skip: () => (IS_WORKER || process?.getBuiltinModule === undefined) && 'this runtime has no diagnostics_channel',
    async body(kit) {
      const { tracingChannel } = process.getBuiltinModule('node:diagnostics_channel');
      const { asyncEnd } = tracingChannel('@smarterservices/realtime:handle');
      const handled = [];
      let note;
      const both = new Promise((resolve) => {
        note = ({ event }) => handled.push(event.id) === 2 && resolve(undefined);
      });
      asyncEnd.subscribe(note);
      try {
        const platform = await kit.platform();
        const { client, log } = kit.observed(platform);
        client.subscribe({ topic: 'session.status' });
        await platform.call('subscribed', 'session.status');
        for (const n of [1, 2]) await platform.call('publish', { topic: 'session.status', payload: { n } });
        const { id } = await log.seen('event', ({ payload }) => payload.n === 2);
        await both;
        equal(handled[1], id, 'the event that was handled last');
      } finally {
        asyncEnd.unsubscribe(note);
      }
    },
  },
  {
    name: 'draws a track of its own with devtools: true',
    skip: () => (IS_WORKER || PerformanceObserver === undefined) && 'this runtime observes no measures',
    async body(kit) {
      let observer;
      const measured = new Promise((resolve) => {
        observer = new PerformanceObserver((list) => {
          const [entry] = list.getEntriesByName('Connect');
          if (entry !== undefined) resolve(entry);
        });
        observer.observe({ type: 'measure' });
      });
      const platform = await kit.platform();
      const { log } = kit.observed(platform, { devtools: true });
      await connected(log);
      const { detail } = await measured;
      observer.disconnect();
      equal([detail.devtools.dataType, detail.devtools.track], ['track-entry', 'Realtime']);
      ok(
        detail.devtools.properties.some(([, value]) => value === 'connected'),
        'the outcome',
      );
    },
  },
];
