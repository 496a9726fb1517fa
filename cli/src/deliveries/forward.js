/** `realtime webhook forward`: the webhook deliveries of a platform, at an endpoint of this machine. */

import { randomBytes } from 'node:crypto';
import { readAuthenticatedConnection, readSecret } from '../configuration.js';
import { usageError } from '../exit-codes.js';
import { parseCount } from '../input.js';
import { watchInterruption } from '../interruption.js';
import { isLoopback } from '../loopback.js';
import { counted, Output, printable, timeOf } from '../output.js';
import { loadSdk } from '../sdk.js';
import { DeliveryReceiver } from './receiver.js';
import { Registration } from './registration.js';

/** @import { WebhookScheme } from '@smarterservices/realtime' */
/** @import { ConnectionOptions } from '../configuration.js' */
/** @import { Delivery } from './receiver.js' */

/**
 * @typedef {object} OwnOptions
 * @property {boolean} [json]
 * @property {boolean} [color]
 * @property {string} forwardTo
 * @property {string} [secret]
 * @property {WebhookScheme} scheme
 * @property {string} host
 * @property {string} port
 * @property {string} [publicUrl]
 * @property {string} [count]
 */

/** @typedef {ConnectionOptions & OwnOptions} ForwardOptions */

/** @param {string[]} events @param {ForwardOptions} options */
export async function forwardDeliveries(events, options) {
  const target = requireUrl(options.forwardTo, '--forward-to');
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : parseCount(options.count, '--count', 1);
  const connection = readAuthenticatedConnection(options);
  if (options.publicUrl !== undefined) requireUrl(options.publicUrl, '--public-url');
  else if (!isLoopback(connection.url)) throw unreachableFrom(connection.url);
  const given = readSecret(options.secret, 'REALTIME_WEBHOOK_SECRET', options);
  const secret = given ?? `whsec_${randomBytes(24).toString('base64')}`;
  const { verifyWebhook } = loadSdk();
  const output = new Output(options);
  const counts = { received: 0, accepted: 0, rejected: 0, refused: 0 };
  const lines = linesTo(output);
  /** @type {() => void} */
  let complete = () => {};
  const completed = new Promise((resolve) => {
    complete = () => resolve(undefined);
  });
  const receiver = new DeliveryReceiver({
    target,
    verify: (body, headers) => verifyWebhook(body, headers, secret),
    onDelivery: (delivery) => {
      counts.received += 1;
      counts['status' in delivery && isSuccess(delivery.status) ? 'accepted' : 'rejected'] += 1;
      lines.delivery(delivery);
      if (counts.received === count) complete();
    },
    onRefused: ({ code, reason }) => {
      counts.refused += 1;
      lines.notice('refused', { code, reason }, `refused, not forwarded: ${code}: ${reason}`);
    },
  });
  const interruption = watchInterruption();
  const origin = await receiver.listen(options.host, parseCount(options.port, '--port'));
  const url = options.publicUrl ?? origin;
  const registration = new Registration(connection, {
    url: `${url.replace(/\/+$/, '')}${receiver.path}`,
    secret,
    events,
    scheme: options.scheme,
  });
  const registered = (/** @type {string} */ endpoint) =>
    lines.notice(
      'registered',
      { endpoint, events, origin },
      `registered ${endpoint} for ${events.join(', ')}; it forwards to ${target}`,
    );
  const ending = new AbortController();
  /** @type {Promise<void> | undefined} */
  let upkeep;
  try {
    registered(await registration.register());
    if (given === undefined) {
      process.stderr.write(`The secret of this run is ${secret}. Set REALTIME_WEBHOOK_SECRET to use your own.\n`);
    }
    output.note('Ctrl-C ends.');
    upkeep = registration.keep(ending.signal, {
      onRegistered: registered,
      onLost: (reason) => lines.notice('error', { message: reason }, reason),
    });
    await Promise.race([completed, interruption.interrupted]);
    await receiver.drain();
  } finally {
    try {
      ending.abort();
      // It may be about to register the endpoint again.
      await upkeep;
      await registration.remove();
    } finally {
      receiver.close();
      summarise(counts, output);
      interruption.release();
    }
  }
}

/** @param {{ received: number, accepted: number, rejected: number, refused: number }} counts @param {Output} output */
function summarise(counts, output) {
  const { received, accepted, rejected, refused } = counts;
  const deliveries = counted(received, 'delivery', 'deliveries');
  const text = `${deliveries}, ${accepted} accepted, ${rejected} not, ${refused} refused`;
  output.line({ kind: 'summary', ...counts }, output.styled('bold', text));
}

/** @param {Output} output */
function linesTo(output) {
  return {
    /** @param {'registered' | 'refused' | 'error'} kind @param {object} record @param {string} text */
    notice(kind, record, text) {
      const style = kind === 'registered' ? 'green' : 'red';
      const mark = output.styled(style, `* ${printable(text)}`);
      output.line({ kind, at: Date.now(), ...record }, `${output.dim(timeOf())} ${mark}`);
    },
    /** @param {Delivery & ({ status: number } | { reason: string })} delivery */
    delivery({ event: { id, topic }, ...delivery }) {
      const { deliveryId, type = '', attempt = 1, ms } = delivery;
      const result = 'status' in delivery ? String(delivery.status) : delivery.reason;
      const isAccepted = 'status' in delivery && isSuccess(delivery.status);
      const arrow = output.styled(isAccepted ? 'green' : 'red', `-> ${printable(result)}`);
      const again = attempt > 1 ? `, attempt ${attempt}` : '';
      const details = output.dim(printable(`${id}${deliveryId === undefined ? '' : ` ${deliveryId}`} ${ms} ms`));
      output.line(
        { kind: 'delivery', at: Date.now(), id, topic, ...delivery },
        `${output.dim(timeOf())} ${arrow} ${printable(topic)} ${printable(type)}${again} ${details}`,
      );
    },
  };
}

/** @param {number} status */
const isSuccess = (status) => status >= 200 && status < 300;

/** @param {string} text @param {string} flag */
function requireUrl(text, flag) {
  if (URL.canParse(text) && /^https?:$/.test(new URL(text).protocol)) return text;
  throw usageError(`${flag}: expected an address such as http://localhost:8080/webhooks.`);
}

/** @param {string} url */
const unreachableFrom = (url) =>
  usageError(
    `The platform at ${new URL(url).host} cannot reach this machine. Start a tunnel to a port of it, and pass --port and ` +
      '--public-url; or use `realtime listen --forward-to`, which needs none.',
  );
