/** The option `worker`: a page receives in a worker, and notices nothing of it. */

import { equal, ok } from '../kit/expect.js';
import { connected } from '../kit/kit.js';
import { expectSeries } from '../kit/series.js';

const skip = ({ page }) => !page && 'only web pages have the worker';

/** Runs `body`, and returns how many workers the page has started in it. */
async function workersIn(body) {
  const { Worker } = globalThis;
  let started = 0;
  globalThis.Worker = class extends Worker {
    constructor(...args) {
      super(...args);
      started += 1;
    }
  };
  try {
    await body();
  } finally {
    globalThis.Worker = Worker;
  }
  return started;
}

export const worker = [
  {
    name: 'worker: true receives 10000 events in order, reconnects and ends',
    skip,
    async body(kit) {
      const platform = await kit.platform();
      const started = await workersIn(async () => {
        const { client, log } = kit.observed(platform, { worker: true });
        await expectSeries(platform, client, log);
        await platform.call('faults.dropAll');
        await log.seen('gap');
        await connected(log, 2);
        client.disconnect();
        await platform.call('connected', 0);
        client.connect();
        await connected(log, 3);
        client.destroy();
        await platform.call('connected', 0);
        equal(log.all('error'), [], 'errors');
      });
      equal(started, 3, 'a worker for each connection');
    },
  },
  {
    name: 'worker: true carries messages and binary data, in both protocols',
    skip,
    async body(kit) {
      for (const protocol of ['socket.io', 'ws']) {
        const platform = await kit.platform();
        const [ada, ben] = [kit.client(platform, { protocol, worker: true }), kit.client(platform, { protocol })];
        const received = kit.log(ada.socketClient, ['message']);
        await Promise.all([ada.socketClient.joinChannel('lobby'), ben.socketClient.joinChannel('lobby')]);
        const bytes = Uint8Array.from({ length: 300 }, (_, index) => index % 256);
        const data = protocol === 'ws' ? { text: 'é' } : { bytes };
        await ben.socketClient.publish('lobby', 'image', data);
        equal((await received.seen('message')).data, data);
        const answers = kit.log(ben.socketClient, ['message']);
        await ada.socketClient.publish('lobby', 'image', data);
        equal((await answers.seen('message')).data, data);
      }
    },
  },
  {
    name: 'worker: true without workers warns once, and receives all the same',
    skip,
    async body(kit) {
      const platform = await kit.platform();
      const { Worker } = globalThis;
      const { warn } = console;
      const warnings = [];
      try {
        console.warn = (text) => warnings.push(text);
        globalThis.Worker = undefined;
        const { client, log } = kit.observed(platform, { worker: true });
        client.subscribe({ topic: 'order' });
        await platform.call('subscribed', 'order');
        await platform.call('publish', { topic: 'order', payload: { n: 1 } });
        equal((await log.seen('event')).payload, { n: 1 });
        equal(warnings.length, 1, 'warnings');
        ok(/WORKER_UNAVAILABLE.*this runtime has no Worker/.test(warnings[0]), warnings[0]);
        await platform.call('faults.dropAll');
        await connected(log, 2);
        equal(warnings.length, 1, 'warnings after another connection');
      } finally {
        Object.assign(console, { warn });
        globalThis.Worker = Worker;
      }
    },
  },
];
