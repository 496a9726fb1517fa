/** `realtime webhook`: signs, verifies and forwards deliveries. */

import { readSecret } from '../configuration.js';
import { CommandError, EXIT, usageError } from '../exit-codes.js';
import { parseCount, readBytes } from '../input.js';
import { Output, printable } from '../output.js';
import { loadSdk } from '../sdk.js';

/** @typedef {{ json?: boolean, color?: boolean, secret?: string, dotenv?: string }} Options */

/**
 * @param {string} file
 * @param {Options & { scheme: import('@smarterservices/realtime').WebhookScheme, id?: string, timestamp?: string }} options
 */
export async function sign(file, options) {
  const secret = requireSecret(options);
  const timestamp = options.timestamp === undefined ? undefined : parseCount(options.timestamp, '--timestamp', 1);
  const { signWebhook } = loadSdk();
  const headers = signWebhook(readBytes(file), secret, { scheme: options.scheme, id: options.id, timestamp });
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  new Output(options).line(headers, lines.join('\n'));
}

/** @param {string} file @param {Options & { header: string[], tolerance: string }} options */
export async function verify(file, options) {
  const secret = requireSecret(options);
  const toleranceMs = parseCount(options.tolerance, '--tolerance', 1);
  const headers = Object.fromEntries(options.header.map(parseHeader));
  const { verifyWebhook, WebhookVerificationError } = loadSdk();
  const output = new Output(options);
  try {
    const verified = verifyWebhook(readBytes(file), headers, secret, { toleranceMs });
    const { event, ...rest } = verified;
    output.line(
      { valid: true, ...rest, event },
      `${output.styled('green', 'valid')}\n${printable(JSON.stringify(event, null, 2))}`,
    );
  } catch (error) {
    if (!WebhookVerificationError.is(error)) throw error;
    throw new CommandError(EXIT.refused, `${error.code}: ${error.message}`);
  }
}

/** @param {string[]} events @param {import('../deliveries/forward.js').ForwardOptions} options */
export async function forward(events, options) {
  const { forwardDeliveries } = await import('../deliveries/forward.js');
  await forwardDeliveries(events, options);
}

/** @param {Options} options */
function requireSecret(options) {
  const secret = readSecret(options.secret, 'REALTIME_WEBHOOK_SECRET', options);
  if (secret === undefined) {
    throw usageError('There is no secret. Pass --secret, or set REALTIME_WEBHOOK_SECRET, here or in .env.');
  }
  return secret;
}

/** @param {string} header @returns {[string, string]} */
function parseHeader(header) {
  const [, name, value] = /^([^\s:]+):\s*(.*)$/.exec(header) ?? [];
  if (name === undefined) throw usageError('--header: expected a name and a value, such as "x-webhook-id: msg_1".');
  return [name.toLowerCase(), value];
}
