/** What an error says about a wrong argument, word by word: the text is the promise. */

import assert from 'node:assert/strict';
import { test } from 'node:test';

import { RealtimeClient, RealtimeError, WebhookReceiver } from '../../lib/index.js';
import { ARGUMENTS } from './arguments.table.js';

for (const [mistake, call, message] of ARGUMENTS) {
  test(mistake, async (t) => {
    const client = new RealtimeClient({ url: 'http://localhost:3000', token: 'token', autoConnect: false });
    t.after(() => client.destroy());
    const receiver = new WebhookReceiver('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    await assert.rejects(
      async () => call({ client, receiver }),
      (error) => {
        assert.ok(error instanceof RealtimeError);
        assert.equal(error.message, message);
        return true;
      },
    );
  });
}

test('a URL object is an address like any other', () => {
  const client = new RealtimeClient({
    url: new URL('http://localhost:3000/base/'),
    token: 'token',
    autoConnect: false,
  });
  assert.match(String(client[Symbol.for('nodejs.util.inspect.custom')]()), /url: 'http:\/\/localhost:3000\/base'/);
  client.destroy();
});
