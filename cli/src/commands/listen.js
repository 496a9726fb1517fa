/** `realtime listen`: prints events as they come, and forwards them. */

import { openReported } from '../client.js';
import { readSecret } from '../configuration.js';
import { EXIT } from '../exit-codes.js';
import { parseCount, parseJson, requireObject } from '../input.js';
import { watchInterruption } from '../interruption.js';
import { counted, inline, Output, printable, timeOf } from '../output.js';

/** @import { RealtimeEvent, RealtimeClient } from '@smarterservices/realtime' */
/** @import { Forwarder } from '../forwarding/forwarder.js' */

/** @import { WebhookScheme } from '@smarterservices/realtime' */
/** @import { ConnectionOptions } from '../configuration.js' */

/**
 * @typedef {object} OwnOptions
 * @property {boolean} [json]
 * @property {boolean} [color]
 * @property {string} [filter]
 * @property {string} [count]
 * @property {string[]} [forwardTo]
 * @property {string} [sign]
 * @property {WebhookScheme} scheme
 * @property {string} retries
 * @property {string} deadLetters
 */

/** @typedef {ConnectionOptions & OwnOptions} ListenOptions */

/** @param {string[]} topics @param {ListenOptions} options */
export async function listen(topics, options) {
  const filter =
    options.filter === undefined ? undefined : requireObject(parseJson(options.filter, '--filter'), '--filter');
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : parseCount(options.count, '--count', 1);
  const output = new Output(options);
  const forwarding = options.forwardTo && (await openForwarding(topics, options, options.forwardTo, output));
  const interruption = watchInterruption();
  const { client, failed } = await openReported(options, output);
  const undelivered = forwarding ? [forwarding.forwarder.failed] : [];
  let received = 0;
  const complete = new Promise((resolve) => {
    client.on('event', (event) => {
      if (received >= count) return;
      received += 1;
      output.line({ kind: 'event', event }, describeEvent(event, output));
      forwarding?.forwarder.add(event);
      if (received === count) resolve(undefined);
    });
  });
  for (const topic of new Set(topics)) {
    const id = client.subscribe({ topic, ...(filter && { filter: /** @type {any} */ (filter) }) });
    // A refusal is an error of its own; a server may also confirm nothing.
    client.subscribed(id).then(
      () =>
        output.line(
          { kind: 'subscribed', at: Date.now(), topic },
          `${output.dim(timeOf())} ${output.styled('green', `* subscribed to ${printable(topic)}`)}`,
        ),
      () => {},
    );
  }
  client.connect();
  output.note(`Listening to ${topics.map(printable).join(', ')}. Ctrl-C ends.`);
  try {
    const outcome = await Promise.race([complete, interruption.interrupted, failed, ...undelivered]);
    const drained = forwarding?.forwarder.drain();
    if (outcome === undefined) await Promise.race([drained, interruption.interrupted, ...undelivered]);
    // No event is added to what is waited for.
    client.destroy();
    await forwarding?.forwarder.close();
    // It may have failed while it was closed. A promise that is settled wins where it comes first.
    await Promise.race([...undelivered, undefined]);
  } finally {
    client.destroy();
    await forwarding?.forwarder.close();
    summarise(client, received, forwarding, output);
    forwarding?.deadLetters.close();
    interruption.release();
  }
  if (forwarding && forwarding.deadLetters.count > 0) process.exitCode = EXIT.undelivered;
}

/** @param {string[]} topics @param {ListenOptions} options @param {string[]} targets @param {Output} output */
async function openForwarding(topics, options, targets, output) {
  const [{ Routes }, { DeadLetters }, { Forwarder }] = await Promise.all([
    import('../forwarding/routes.js'),
    import('../forwarding/dead-letters.js'),
    import('../forwarding/forwarder.js'),
  ]);
  const routes = new Routes(targets, topics);
  const retries = parseCount(options.retries, '--retries');
  const sign = await signer(options);
  const deadLetters = new DeadLetters(options.deadLetters);
  const forwarder = new Forwarder({
    routes,
    deadLetters,
    retries,
    sign,
    onDelivered: ({ id, topic }, url, { status, ms, attempts }) =>
      output.line(
        { kind: 'forwarded', at: Date.now(), id, topic, url, status, ms, attempts },
        `${output.dim(timeOf())} ${output.styled('green', `-> ${status}`)} ${printable(topic)} ${output.dim(`${printable(id)} ${ms} ms`)}`,
      ),
    onRetry: ({ id, topic }, url, { reason, attempt, delay }) =>
      output.line(
        { kind: 'retry', at: Date.now(), id, topic, url, reason, attempt, delay },
        `${output.dim(timeOf())} ${output.styled('yellow', `-> ${printable(reason)}; again in ${delay} ms`)} ${printable(topic)} ${output.dim(printable(id))}`,
      ),
    onDead: ({ id, topic }, url, { reason, attempts }) =>
      output.line(
        { kind: 'dead-letter', at: Date.now(), id, topic, url, reason, attempts, file: deadLetters.path },
        `${output.dim(timeOf())} ${output.styled('red', `-> ${printable(reason)}; in ${printable(deadLetters.path)}`)} ${printable(topic)} ${output.dim(printable(id))}`,
      ),
  });
  return { forwarder, deadLetters };
}

/**
 * Headers of an attempt. Each attempt is signed at its own time, so that a late one is accepted;
 * the ID stays, so that the receiver recognises a repetition.
 *
 * @param {ListenOptions} options
 * @returns {Promise<(event: RealtimeEvent, body: string) => Record<string, string>>}
 */
async function signer(options) {
  const secret = readSecret(options.sign, 'REALTIME_WEBHOOK_SECRET', options);
  /** @param {RealtimeEvent} event @returns {Record<string, string>} */
  const named = ({ type }) => (/^[\x21-\x7e]+$/.test(type) ? { 'x-webhook-event': type } : {});
  if (secret === undefined) return (event) => named(event);
  const { signWebhook } = await import('@smarterservices/realtime');
  return (event, body) => ({ ...signWebhook(body, secret, { id: event.id, scheme: options.scheme }), ...named(event) });
}

/** @param {RealtimeEvent} event @param {Output} output */
function describeEvent({ id, topic, type, payload, metadata }, output) {
  const time = output.dim(timeOf(metadata?.timestamp));
  const name = output.styled('bold', output.styled('cyan', printable(topic)));
  return `${time} ${name} ${printable(type)} ${inline(payload)} ${output.dim(printable(id))}`;
}

/**
 * @param {RealtimeClient} client @param {number} received
 * @param {{ forwarder: Forwarder, deadLetters: { count: number, path: string } } | undefined} forwarding
 * @param {Output} output
 */
function summarise(client, received, forwarding, output) {
  const { gaps, reconnects, droppedRepeats, droppedOverflow } = client.stats();
  const forwarded = forwarding && {
    forwarded: forwarding.forwarder.delivered,
    deadLetters: forwarding.deadLetters.count,
  };
  const parts = [
    counted(received, 'event'),
    ...(forwarding ? [`${forwarding.forwarder.delivered} forwarded`] : []),
    ...(forwarding && forwarding.deadLetters.count > 0
      ? [`${forwarding.deadLetters.count} in ${printable(forwarding.deadLetters.path)}`]
      : []),
    counted(gaps, 'gap'),
    counted(reconnects, 'reconnect'),
    `${counted(droppedRepeats, 'duplicate')} dropped`,
    ...(droppedOverflow > 0 ? [`${counted(droppedOverflow, 'event')} dropped, too slow`] : []),
  ];
  output.line(
    { kind: 'summary', received, ...forwarded, gaps, reconnects, droppedRepeats, droppedOverflow },
    output.styled('bold', parts.join(', ')),
  );
}
