/**
 * What the endpoint loads when a WebSocket is not enough: long-polling, and the fallback from one
 * transport to the other.
 *
 * A proxy without WebSocket support answers the upgrade itself, forwards it as an ordinary request,
 * cuts the connection, or lets it hang. In each of these cases the endpoint tries the other
 * transport within the same dial. What the server itself answers (401, 429, 503) is final, as far
 * as the runtime shows it.
 */

import { openPolling } from './polling/link.js';

/** @import { LinkHandlers, Loss } from './transport.js' */

/** @type {import('./transport.js').PollingModule['dialOn']} */
export function dialOn({ server, token, preference, openWebSocket }, handlers, first) {
  let drop = () => {};

  /**
   * Tries one transport, and remembers the outcome: the next dial starts with the other one unless
   * this one works. The preference changes before the attempt, since a caller may cancel an attempt
   * that hangs.
   *
   * @param {boolean} isPolling
   * @param {Loss} [former]
   */
  function attempt(isPolling, former) {
    let isOpen = false;
    /** @type {LinkHandlers} */
    const watched = {
      ...handlers,
      onOpen(link) {
        isOpen = true;
        if (preference && isPolling) preference.prefersPolling = true;
        handlers.onOpen(link);
      },
      onLost(loss) {
        if (isOpen) handlers.onLost(loss);
        else handleFailure(loss, !isPolling, former);
      },
    };
    if (preference && isPolling) preference.prefersPolling = false;
    drop = isPolling ? openPolling({ server, token, preference }, watched) : openWebSocket(token, watched);
  }

  /**
   * @param {Loss} loss
   * @param {boolean} isPolling which transport is next
   * @param {Loss} [former]
   */
  function handleFailure(loss, isPolling, former) {
    const isProxy = mayComeFromProxy(loss);
    // Neither transport is at fault.
    if (preference && !isProxy) preference.prefersPolling = false;
    if (preference && isProxy && !former) attempt(isPolling, loss);
    else handlers.onLost(former ? merged(former, loss) : loss);
  }

  if (first) handleFailure(first, true);
  else attempt(true);
  return () => drop();
}

/**
 * What a user reads when both transports have failed: the second failure, unless it says only that
 * this transport does not exist there, and nothing about the server's health.
 *
 * @param {Loss} first
 * @param {Loss} second
 */
function merged(first, second) {
  const [loss, other] = /^(2..|40[045]|426|501)$/.test(`${second.error?.status}`) ? [first, second] : [second, first];
  if (loss.error) loss.error.cause ??= `the other transport failed, too: ${other.reason}`;
  return loss;
}

/**
 * Whether a proxy may have caused a failure, so that the other transport may get through.
 *
 * @param {Loss} loss
 */
function mayComeFromProxy({ error }) {
  const status = error?.status;
  if (status === undefined) return error?.code === 'NETWORK_ERROR';
  // The platform gives its reason as JSON.
  return status === 403 ? error?.outlook !== 'permanent' : /^(2..|40[045]|426|50[012])$/.test(`${status}`);
}
