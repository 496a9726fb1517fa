/** Webhooks: signed, verified and answered, with no module of Node. */

import { equal, errorOf, ok } from '../kit/expect.js';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const EVENT = {
  id: 'evt_1',
  topic: 'order.updated',
  source: 'database',
  type: 'database.update',
  payload: { name: 'Zoë' },
  metadata: { timestamp: 1_700_000_000_000 },
};
const BODY = JSON.stringify(EVENT);
const URL = 'https://app.example/webhooks';

export const webhooks = [
  {
    name: 'what signWebhook signs, verifyWebhook accepts, in every scheme',
    async body({ realtime: { signWebhook, verifyWebhook } }) {
      for (const scheme of ['realtime', 'standard-webhooks', 't-v1']) {
        const headers = signWebhook(BODY, SECRET, { scheme, id: 'msg_1' });
        const { event, id } = verifyWebhook(BODY, headers, SECRET);
        equal([event, id], [EVENT, 'msg_1'], scheme);
        const bytes = new TextEncoder().encode(BODY);
        equal(verifyWebhook(bytes, new Headers(headers), ['another', SECRET]).scheme, scheme);
        const refused = await errorOf(() => verifyWebhook(`${BODY} `, headers, SECRET));
        equal(refused.code, 'SIGNATURE_MISMATCH', scheme);
      }
    },
  },
  {
    name: 'a signature that another program made is accepted',
    async body({ realtime: { verifyWebhook } }) {
      // HMAC-SHA256 of `1700000000.{}` with the key `secret`, by openssl.
      const signature = 'b8569b78799ff9e3cbff0fc2d63a33a2b57f3282abd07c37ae5e8e7d79a5f163';
      const headers = { 'x-webhook-signature': `t=1700000000,v1=${signature}`, 'x-webhook-id': 'a' };
      const clock = () => 1_700_000_000_000;
      const refused = await errorOf(() => verifyWebhook('{}', headers, 'secret', { clock }));
      // The signature is right, so the body is read: it is no event.
      equal(refused.code, 'INVALID_EVENT');
    },
  },
  {
    name: 'a receiver accepts a delivery once, and refuses an old one',
    async body({ realtime: { signWebhook, WebhookReceiver } }) {
      const receiver = new WebhookReceiver(SECRET);
      const headers = signWebhook(BODY, SECRET);
      const delivery = await receiver.verifyAsync(BODY, headers);
      equal((await errorOf(receiver.verifyAsync(BODY, headers))).code, 'REPLAYED');
      await receiver.release(delivery);
      await receiver.verifyAsync(BODY, headers);
      const old = signWebhook(BODY, SECRET, { timestamp: Date.now() - 600_000 });
      const error = await errorOf(() => receiver.verify(BODY, old));
      equal(error.code, 'TIMESTAMP_EXPIRED');
      ok(!`${error.stack}`.includes(SECRET), 'the error has no secret');
    },
  },
  {
    name: 'fetchWebhook answers requests',
    async body({ realtime: { fetchWebhook, signWebhook, WebhookReceiver } }) {
      const handled = [];
      const endpoint = fetchWebhook(new WebhookReceiver(SECRET), ({ event }) => handled.push(event.payload.name));
      const headers = signWebhook(BODY, SECRET);
      const post = (init) => endpoint(new Request(URL, { method: 'POST', ...init }));
      equal((await post({ body: BODY, headers })).status, 204);
      const again = await post({ body: BODY, headers });
      equal([again.status, await again.json()], [200, { duplicate: true }]);
      equal((await post({ body: BODY, headers: { ...headers, 'x-webhook-signature': 'ab' } })).status, 400);
      equal((await post({ body: BODY.replace('Zoë', 'Zoe'), headers: signWebhook(BODY, SECRET) })).status, 400);
      equal((await endpoint(new Request(URL))).status, 405);
      equal(handled, ['Zoë']);
    },
  },
];
