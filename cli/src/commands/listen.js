/** `realtime listen`: prints events as they come, and forwards them. */

import { openReported } from '../client.js';
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
    interruption.release();
  }
  if (forwarding && forwarding.deadLetters.count > 0) process.exitCode = EXIT.undelivered;
}

/** @param {string[]} topics @param {ListenOptions} options @param {string[]} targets @param {Output} output */
async function openForwarding(topics, options, targets, output) {
  const [{ Routes }, { DeadLetters }, { Deliveries }, { Forwarder }, { reportDeliveries }, { createSigner }] =
    await Promise.all([
      import('../forwarding/routes.js'),
      import('../forwarding/dead-letters.js'),
      import('../forwarding/delivery.js'),
      import('../forwarding/forwarder.js'),
      import('../forwarding/report.js'),
      import('../forwarding/signer.js'),
    ]);
  const routes = new Routes(targets, topics);
  const retries = parseCount(options.retries, '--retries');
  const sign = await createSigner(options);
  const deadLetters = new DeadLetters(options.deadLetters);
  const { onRetry, ...report } = reportDeliveries(output, deadLetters.path);
  const deliveries = new Deliveries({ retries, sign, onRetry });
  return { forwarder: new Forwarder({ routes, deadLetters, deliveries, ...report }), deadLetters };
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
