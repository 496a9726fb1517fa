/** Logs: on the web, they load when a client asks for them, and the first records wait. */

import { equal, ok } from '../kit/expect.js';

export const logs = [
  {
    name: 'a handler gets the records of a client in order, from the first to the last',
    async body(kit) {
      const platform = await kit.platform();
      const records = [];
      let seen = () => {};
      const handler = (record) => {
        records.push(record);
        seen(record);
      };
      const until = (message) =>
        new Promise((resolve) => {
          seen = (record) => record.message === message && resolve();
          if (records.some((record) => record.message === message)) resolve();
        });
      const client = kit.client(platform, { log: { level: 'trace', handler } });
      client.subscribe({ topic: 'session.status' });
      await until('subscribed');
      client.destroy();
      await until('destroyed');
      const steps = ['created', 'connecting', 'dialling', 'link open', 'connected', 'subscribed', 'destroyed'];
      const messages = records.map(({ message }) => message);
      equal(
        messages.filter((message) => steps.includes(message)),
        steps,
      );
      const [{ level, part, fields }] = records;
      equal([level, part, fields.url, fields.engine], ['info', 'client', new URL(platform.url).origin, client.engine]);
      equal(new Set(records.map(({ client }) => client)).size, 1, 'clients');
      ok(!JSON.stringify(records).includes(platform.token), 'the token is not in the log');
    },
  },
];
