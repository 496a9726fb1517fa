/** What a session returns to its driver, and through it to the user. */

/** @import { ConnectionEvent } from '../../../../index.js' */
/** @import { Failure, Notice } from './contract.js' */
/** @import { Session } from './session.js' */

/** @param {Session} session @param {Notice} item */
function notify(session, item) {
  session.config.log?.(item);
  session.outputs.push({ kind: 'notice', item });
}

/** Reports an error. @param {Session} session @param {Failure} failure */
function report(session, { outlook, ...error }) {
  notify(session, ['error', error]);
}

/**
 * Reports the state of the connection, unless the user knows it.
 *
 * @param {Session} session
 * @param {import('../../../../index.js').ConnectionState} state
 * @param {string} [reason]
 * @param {{ recovered?: boolean, attempt?: number, retryIn?: number }} [more]
 */
function announce(session, state, reason, more) {
  const announced = JSON.stringify([state, more]);
  if (announced === session.announced) return;
  session.announced = announced;
  const change = { state, ...(reason === undefined ? undefined : { reason }), ...more };
  notify(session, ['connection', /** @type {ConnectionEvent} */ (change)]);
}

/**
 * Closes the link, with a farewell as its last frame. Not orderly: the peer is gone.
 *
 * @param {Session} session
 * @param {string} [farewell]
 * @param {boolean} [orderly]
 * @param {number} [code] in place of the usual close code
 */
function hangUp({ config, outputs }, farewell, orderly = true, code = undefined) {
  config.log?.('closing the link', orderly);
  outputs.push({ kind: 'hangUp', farewell, orderly, code });
}

export { announce, hangUp, notify, report };
