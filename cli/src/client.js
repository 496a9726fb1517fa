/**
 * A client of the SDK whose connection is reported line by line: connected, reconnects, gaps, slow
 * handlers, errors.
 */

import { readAuthenticatedConnection } from './configuration.js';
import { CommandError, EXIT } from './exit-codes.js';
import { counted, printable, timeOf } from './output.js';
import { loadSdk } from './sdk.js';

/** @import { RealtimeClient } from '@smarterservices/realtime' */
/** @import { ConnectionOptions } from './configuration.js' */
/** @import { Output } from './output.js' */

/**
 * A client for one request: it opens no connection.
 *
 * @param {ConnectionOptions} options @returns {Promise<RealtimeClient>}
 */
export async function openForRequests(options) {
  const connection = readAuthenticatedConnection(options);
  const { RealtimeClient } = loadSdk();
  return new RealtimeClient({ ...connection, autoConnect: false });
}

/**
 * A client for a command that ends by itself: it gives up after a few attempts.
 *
 * @param {ConnectionOptions} options @returns {Promise<RealtimeClient>}
 */
export async function openOnce(options) {
  const connection = readAuthenticatedConnection(options);
  const { RealtimeClient } = loadSdk();
  const client = new RealtimeClient({ ...connection, reconnectionAttempts: 3 });
  // What ends the command rejects its call.
  client.on('error', () => {});
  return client;
}

/**
 * A client that stays connected, and says what its connection goes through.
 *
 * @param {ConnectionOptions} options @param {Output} output
 * @returns {Promise<{ client: RealtimeClient, failed: Promise<never> }>} `failed` rejects when the
 *   client gives up
 */
export async function openReported(options, output) {
  const connection = readAuthenticatedConnection(options);
  const { RealtimeClient } = loadSdk();
  const client = new RealtimeClient({
    ...connection,
    autoConnect: false,
    reconnectionAttempts: Number.POSITIVE_INFINITY,
    reconnectOnServerDisconnect: true,
  });
  const notice = noticesTo(output);
  /** @type {(error: unknown) => void} */
  let fail = () => {};
  const failed = new Promise((_, reject) => {
    fail = reject;
  });
  // The command races it, perhaps later.
  failed.catch(() => {});
  /** @type {unknown} */
  let lastError;
  client.on('connection', (event) => {
    notice(event.state, event, describeConnection(event));
    if (event.state !== 'disconnected') return;
    // The error that explains it may be emitted after the state.
    const { reason } = event;
    setImmediate(() => fail(lastError ?? new CommandError(EXIT.unreachable, `The connection ended: ${reason}.`)));
  });
  client.on('gap', (gap) => notice('gap', gap, describeGap(gap)));
  client.on('slow', (slow) => notice('slow', slow, `slow: ${counted(slow.events, 'event')} wait to be printed`));
  client.on('error', (error) => {
    lastError = error;
    const { code, message } = error;
    notice('error', { code, message }, `error ${code}: ${message}`);
    // The rest of the command would wait for what never comes.
    if (code === 'SUBSCRIBE_DENIED' || code === 'CHANNEL_DENIED') fail(error);
  });
  return { client, failed: /** @type {Promise<never>} */ (failed) };
}

/** @type {Record<string, import('./output.js').Style>} */
const STYLES = { connected: 'green', reconnecting: 'yellow', disconnected: 'red', gap: 'yellow', error: 'red' };

/** @param {Output} output @returns {(kind: string, record: object, text: string) => void} */
function noticesTo(output) {
  return (kind, record, text) => {
    const mark = output.styled(STYLES[kind] ?? 'dim', `* ${printable(text)}`);
    output.line({ kind, at: Date.now(), ...record }, `${output.dim(timeOf())} ${mark}`);
  };
}

/** @param {import('@smarterservices/realtime').ConnectionEvent} event */
function describeConnection(event) {
  if (event.state === 'connected') return event.recovered ? 'connected, nothing missed' : 'connected';
  if (event.state === 'reconnecting') {
    const delay = event.retryIn === undefined ? '' : ` in ${Math.round(event.retryIn)} ms`;
    return `reconnecting${delay}, attempt ${event.attempt}: ${event.reason}`;
  }
  return event.state === 'disconnected' ? `disconnected: ${event.reason}` : 'connecting';
}

/** @param {import('@smarterservices/realtime').GapEvent} gap */
function describeGap({ since, until, reason, dropped }) {
  if (dropped !== undefined) return `gap: ${counted(dropped, 'event')} dropped: ${reason}`;
  return `gap: events between ${timeOf(since)} and ${timeOf(until)} may be missing: ${reason}`;
}
