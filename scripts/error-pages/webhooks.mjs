/** Why webhook deliveries are refused, and a program that meets each refusal. */

/** @import { Page } from './write.mjs' */

const start = `import { signWebhook, verifyWebhook } from '@smarterservices/realtime';

const secret = 'whsec_of_this_endpoint';
const body = JSON.stringify({
  id: 'evt_1',
  topic: 'session.status',
  source: 'database',
  type: 'database.update',
  payload: {},
  metadata: { timestamp: 0 },
});
`;

/** @param {string} call */
const caught = (call) => `try {
  ${call}
} catch (error) {
  console.log(error.code, error.message);
}`;

const receiver =
  start.replace('verifyWebhook }', 'WebhookReceiver }') +
  'const headers = signWebhook(body, secret);\nconst receiver = new WebhookReceiver(secret);\n';

/** @type {Record<string, Page>} */
const webhooks = {
  MISSING_HEADER: {
    why: [
      'The request is not a delivery of the platform.',
      'A proxy removes unknown headers.',
      'Your code did not pass all headers.',
    ],
    example: start + caught("verifyWebhook(body, { 'content-type': 'application/json' }, secret);"),
  },
  MALFORMED_HEADER: {
    why: ['A header occurs twice, or a proxy changed it.'],
    example:
      start +
      "const headers = signWebhook(body, secret);\nheaders['x-webhook-timestamp'] = 'yesterday';\n" +
      caught('verifyWebhook(body, headers, secret);'),
  },
  TIMESTAMP_EXPIRED: {
    why: [
      'The delivery was delayed for longer than `toleranceMs`, 5 minutes by default.',
      'A clock is wrong.',
      'Somebody replays an old delivery.',
    ],
    example:
      start +
      'const headers = signWebhook(body, secret, { timestamp: 1_700_000_000_000 });\n' +
      `try {
  verifyWebhook(body, headers, secret);
} catch (error) {
  console.log(error.code);
}`,
  },
  TIMESTAMP_IN_FUTURE: {
    why: ['The clock of the sender is ahead of yours by more than `toleranceMs`, or yours is behind.'],
    example:
      start +
      'const headers = signWebhook(body, secret, { timestamp: Date.now() + 3_600_000 });\n' +
      `try {
  verifyWebhook(body, headers, secret);
} catch (error) {
  console.log(error.code);
}`,
  },
  SIGNATURE_MISMATCH: {
    why: [
      'The secret belongs to another endpoint, or was replaced.',
      'The body was changed on the way: parsed and serialized again, or by a proxy.',
    ],
    example:
      start +
      "const headers = signWebhook(body, 'whsec_of_another_endpoint');\n" +
      caught('verifyWebhook(body, headers, secret);'),
    see: '[The raw body](../webhooks.md#the-raw-body)',
  },
  BODY_NOT_RAW: {
    why: [
      'A body parser such as `express.json()` ran before the endpoint, so that the bytes that were signed are gone.',
    ],
    example:
      start +
      'const headers = signWebhook(body, secret);\nconst parsed = /** @type {any} */ (JSON.parse(body));\n' +
      caught('verifyWebhook(parsed, headers, secret);'),
    see: '[The raw body](../webhooks.md#the-raw-body)',
  },
  BODY_TOO_LARGE: {
    why: ['The delivery is larger than `maxBodyBytes`.'],
    example:
      start +
      'const headers = signWebhook(body, secret);\n' +
      caught('verifyWebhook(body, headers, secret, { maxBodyBytes: 100 });'),
  },
  INVALID_JSON: {
    why: ['The sender signs something that is not JSON.'],
    example:
      start.split('const body')[0] +
      "const body = 'status=active';\nconst headers = signWebhook(body, secret);\n" +
      caught('verifyWebhook(body, headers, secret);'),
  },
  REPLAYED: {
    why: [
      'The platform repeats a delivery if it did not receive the answer. That is normal: answer 200 if the delivery was handled, 409 if it is in progress.',
      'Somebody replays a delivery. Endpoints recognise both.',
    ],
    example:
      receiver +
      `const delivery = await receiver.verifyAsync(body, headers);
await receiver.complete(delivery);
try {
  await receiver.verifyAsync(body, headers); // the same again
} catch (error) {
  console.log(error.code, error.handled, error.message);
}`,
    see: '[Replays](../webhooks.md#replays)',
  },
  REPLAY_STORE_FULL: {
    why: ['More deliveries arrive within the tolerance than `maxEntries` of `MemoryReplayStore` holds.'],
    example:
      receiver
        .replace('WebhookReceiver }', 'MemoryReplayStore, WebhookReceiver }')
        .replace('(secret)', '(secret, { replayStore: new MemoryReplayStore({ maxEntries: 2 }) })') +
      `await receiver.verifyAsync(body, headers);
try {
  await receiver.verifyAsync(body, signWebhook(body, secret)); // another delivery
} catch (error) {
  console.log(error.code, error.message);
}`,
    see: '[Replays](../webhooks.md#replays)',
  },
};

export { webhooks };
