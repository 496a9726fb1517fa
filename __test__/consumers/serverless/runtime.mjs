/**
 * A function's runtime: loads the handler of the folder it is given, and sends it events as a
 * function URL does.
 */

import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';

const [task] = process.argv.slice(2);
const { signWebhook } = createRequire(`${task}/`)('@smarterservices/realtime');
const { handler } = await import(pathToFileURL(`${task}/handler.mjs`));

const body = JSON.stringify({
  id: 'evt_1',
  topic: 'session.status',
  source: 'database',
  type: 'database.update',
  payload: { status: 'active' },
  metadata: { timestamp: Date.now() },
});
const requestContext = { domainName: 'abc.lambda-url.example', http: { method: 'POST' } };
const event = { rawPath: '/', requestContext, headers: signWebhook(body, process.env.WEBHOOK_SECRET) };
const encoded = { body: Buffer.from(body).toString('base64'), isBase64Encoded: true };
const get = { ...event, requestContext: { ...requestContext, http: { method: 'GET' } } };

const answers = [];
for (const sent of [{ ...event, body }, { ...event, ...encoded }, { ...event, body: `${body} ` }, get]) {
  answers.push((await handler(sent)).statusCode);
}
console.log(JSON.stringify(answers));
