/** When the session asks the user for a token, and what it does with the answer. */

import { TOKEN as TOKEN_EVENT } from '../protocol/vocabulary.js';
import { dial } from './connecting.js';
import { dropLink, endAttempt, redial } from './disconnecting.js';
import { allows, delay } from './machines/backoff.js';
import { MAX_ANSWER_TIMEOUT } from './machines/tokens.js';
import { hangUp, notify, report } from './output.js';
import { isConnected } from './phase.js';
import { TOKEN } from './tables/timer.js';

/** @import { Token, TokenReason } from './contract.js' */
/** @import { Session } from './session.js' */

/**
 * Takes a token that the user provides, asked or not.
 *
 * @param {Session} session
 * @param {number} now
 * @param {Token} token
 */
function provideToken(session, now, token) {
  const { tokens } = session;
  const answerTimeout = tokens.answerTimeout(now);
  tokens.handleToken(now, token);
  session.config.log?.('token taken');
  if (session.phase === 'asking') dial(session, now);
  else if (isConnected(session)) {
    session.timers[TOKEN] = tokens.renewAt;
    presentToken(session, now, answerTimeout);
  }
}

/**
 * Takes the answer that the user has no token. Returns false if the session waits for none.
 *
 * @param {Session} session
 * @param {number} now
 */
function refuseToken(session, now) {
  const { config, random, timers, tokens } = session;
  if (tokens.wanted === undefined) return false;
  tokens.wanted = undefined;
  config.log?.('no token');
  if (session.phase === 'asking') endAttempt(session, now, 'no token');
  else if (isConnected(session)) {
    const { failures } = tokens;
    tokens.failures += 1;
    timers[TOKEN] = allows(config.reconnect, failures) ? now + delay(config.reconnect, failures, random) : Infinity;
  }
  return true;
}

/**
 * The user wants a connection. Earlier refusals and failures do not count.
 *
 * @param {Session} session
 * @param {number} now
 */
function beginWithToken(session, now) {
  const { timers, tokens } = session;
  tokens.wasRefused = false;
  tokens.failures = 0;
  if (!tokens.isFixed) return;
  timers[TOKEN] = tokens.isExpiryReported ? Infinity : tokens.expiresAt;
  if (tokens.hasExpired(now)) handleTokenTimeout(session);
}

/**
 * Whether there is a token to dial with. If there is none, the session asks the user.
 *
 * @param {Session} session
 * @param {number} now
 */
function hasToken(session, now) {
  const { tokens } = session;
  const canDial = tokens.isFixed || tokens.state(now) !== 'missing';
  if (!canDial) askForToken(session, tokens.dialReason);
  return canDial;
}

/**
 * The connection is ready: the server has accepted the token that the session dialled with.
 *
 * @param {Session} session
 * @param {number} now
 */
function connectedWithToken(session, now) {
  const { timers, tokens } = session;
  tokens.wasRefused = false;
  if (tokens.isFixed) return;
  timers[TOKEN] = tokens.renewAt;
  presentToken(session, now, MAX_ANSWER_TIMEOUT);
}

/** The timer TOKEN. @param {Session} session */
function handleTokenTimeout(session) {
  const { timers, tokens } = session;
  if (tokens.isFixed) {
    if (tokens.isExpiryReported) return;
    tokens.isExpiryReported = true;
    timers[TOKEN] = Infinity;
    report(session, { code: 'TOKEN_EXPIRED', message: 'the token in options.token has expired' });
  } else if (isConnected(session)) askForToken(session, 'expiring');
}

/**
 * Whether the server ends a connection because its token has expired, and the user can provide
 * another one.
 *
 * @param {Session} session
 * @param {number} now
 */
function awaitsRenewal({ tokens }, now) {
  return !tokens.isFixed && tokens.hasExpired(now);
}

/**
 * Whether an error is the answer of a plain server that does not know the token's frame.
 *
 * @param {Session} session
 * @param {string} [subscriptionId]
 */
function refusesToken({ config, link }, subscriptionId) {
  return (
    subscriptionId === undefined && config.protocol === 'ws' && link?.acks.any(({ kind }) => kind === 'token') === true
  );
}

/**
 * The server refuses the new token on this connection: the session makes another connection at
 * once.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} problem
 */
function replaceLink(session, now, problem) {
  // Without a farewell, so that a server with session recovery keeps the session.
  hangUp(session);
  const reason = `the server did not take a new token on this connection: ${problem}`;
  dropLink(session, reason);
  redial(session, now, reason);
}

/**
 * Asks the user for a token, unless the user is being asked.
 *
 * @param {Session} session
 * @param {Exclude<TokenReason, 'request'>} reason
 */
function askForToken(session, reason) {
  const { tokens } = session;
  if (tokens.wanted !== undefined) return;
  tokens.wanted = reason;
  notify(session, ['token', { reason }]);
}

/**
 * Sends the newest token on the connection, unless the server has seen it.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number} answerTimeout
 */
function presentToken(session, now, answerTimeout) {
  const { link, tokens } = session;
  if (!tokens.isUnseen) return;
  const ack = link?.acks.insert({ kind: 'token', lasts: true }, now + answerTimeout);
  link?.pushEvent(TOKEN_EVENT, { token: tokens.present()?.text }, ack);
}

export {
  awaitsRenewal,
  beginWithToken,
  connectedWithToken,
  handleTokenTimeout,
  hasToken,
  provideToken,
  refusesToken,
  refuseToken,
  replaceLink,
};
