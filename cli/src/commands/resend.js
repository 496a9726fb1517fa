/**
 * `realtime resend`: sends again what the local platform has sent before, or what `listen` could not
 * deliver.
 */

import { readConnection } from '../configuration.js';
import { CommandError, EXIT, usageError } from '../exit-codes.js';
import { parseCount } from '../input.js';
import { counted, Output, printable } from '../output.js';
import { call, post } from '../requests.js';

/** @import { Connection } from '../configuration.js' */
/** @import { ResendLettersOptions } from '../forwarding/resend.js' */

/** How the local platform names deliveries of webhooks. Any other ID is that of an event. */
const DELIVERY = 'whd_';
/** Events that the local platform remembers. */
const MAX_LAST = 1000;

/** @typedef {Omit<ResendLettersOptions, 'deadLetters'> & { last?: string, deadLetters?: string }} Options */

/** @param {string[]} ids @param {Options} options */
export async function resend(ids, options) {
  const { last, deadLetters } = options;
  if ([ids.length > 0, last !== undefined, deadLetters !== undefined].filter(Boolean).length > 1) {
    throw usageError('resend: expected IDs, --last or --dead-letters, only one of them.');
  }
  if (deadLetters !== undefined) {
    const { resendDeadLetters } = await import('../forwarding/resend.js');
    await resendDeadLetters({ ...options, deadLetters });
    return;
  }
  if (options.forwardTo !== undefined) throw usageError('--forward-to: it goes with --dead-letters.');
  const count = last === undefined ? 1 : parseCount(last, '--last', 1);
  if (count > MAX_LAST) throw usageError(`--last: the local platform remembers ${MAX_LAST} events.`);
  const connection = readConnection(options);
  const output = new Output(options);
  await requireLocalPlatform(connection);
  const missing = [];
  const deliveries = ids.filter((id) => id.startsWith(DELIVERY));
  const events = ids.filter((id) => !id.startsWith(DELIVERY));
  if (events.length > 0 || ids.length === 0) {
    const answer = await post(
      connection,
      '/_local/events/resend',
      ids.length === 0 ? { last: count } : { ids: events },
    );
    for (const event of answer.resent) printEvent(event, output);
    missing.push(...answer.missing);
  }
  for (const id of deliveries) {
    try {
      const again = await post(connection, `/_local/deliveries/${encodeURIComponent(id)}/resend`, {});
      const text = `sent again ${id} to ${again.url}, as ${again.deliveryId}`;
      output.line({ kind: 'resent', of: id, ...again }, output.styled('green', printable(text)));
    } catch (error) {
      if (/** @type {CommandError} */ (error).exitCode !== EXIT.notFound) throw error;
      missing.push(id);
    }
  }
  if (missing.length > 0) {
    const what = `${missing.map(printable).join(', ')}: not among what the platform remembers.`;
    throw new CommandError(EXIT.notFound, what);
  }
}

/** @param {{ id: string, topic: string, type: string, receivers: number }} event @param {Output} output */
function printEvent(event, output) {
  const { id, topic, receivers } = event;
  const text = `${output.styled('green', 'sent again')} ${printable(topic)} ${output.dim(printable(id))} to ${counted(receivers, 'client')}`;
  output.line({ kind: 'resent', ...event }, text);
}

/** @param {Connection} connection */
async function requireLocalPlatform(connection) {
  try {
    await call(connection, 'GET', '/_local/services');
  } catch (error) {
    const { exitCode, message } = /** @type {CommandError} */ (error);
    if (exitCode === EXIT.unreachable) throw error;
    throw new CommandError(exitCode, `Only the local platform sends again what it has sent: ${message}`);
  }
}
