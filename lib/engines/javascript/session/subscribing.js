/**
 * Subscriptions: the session requests them on every connection, and applies the server's answers.
 */

import { SUBSCRIBE, UNSUBSCRIBE } from '../protocol/vocabulary.js';
import { reportUnconfirmed } from './answers.js';
import { REPEATED_END_TIMEOUT } from './connecting.js';
import { notify, report } from './output.js';
import { isConnected } from './phase.js';
import { idOf, numberOf } from './tables/subscriptions.js';

/** @import { Session } from './session.js' */

/**
 * How long the server may take to confirm a subscription. After that, the session assumes that it
 * does not confirm this one, or any.
 */
const SUBSCRIBE_ACK_TIMEOUT = 30_000;

/**
 * Subscribes to a topic. Returns the SDK's id of the subscription.
 *
 * @param {Session} session
 * @param {number} now
 * @param {string} topic
 * @param {string} [filter] JSON text
 * @param {string} [returnMode]
 */
function subscribe(session, now, topic, filter, returnMode) {
  const number = session.subscriptions.insert(topic, filter, returnMode);
  if (isConnected(session)) requestSubscription(session, now, number);
  return idOf(number);
}

/**
 * Ends a subscription. Returns false if no subscription has this id.
 *
 * @param {Session} session
 * @param {string} subscriptionId
 */
function unsubscribe(session, subscriptionId) {
  const number = numberOf(subscriptionId);
  const serverId = number === undefined ? undefined : session.subscriptions.remove(number);
  if (number === undefined || serverId === undefined) return false;
  forgetRequest(session, number);
  if (isConnected(session)) endSubscription(session, serverId);
  else session.recovery?.handleUnsubscribe(serverId);
  return true;
}

/**
 * Requests a subscription on this connection.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number} number
 */
function requestSubscription(session, now, number) {
  const { config, link, subscriptions } = session;
  const subscription = link && subscriptions.request(number, link.requests);
  if (link === undefined || subscription === undefined) return;
  const { filter, returnMode, topic } = subscription;
  config.log?.('subscribing', { subscriptionId: idOf(number), topic });
  const members = JSON.stringify({ returnMode, subscriptionId: idOf(number), topic });
  // The filter as the user wrote it, so that no number changes.
  const body = filter === undefined ? members : `{"filter":${filter},${members.slice(1)}`;
  const ack = link.acks.insert({ kind: 'subscribe', number, lasts: true }, now + SUBSCRIBE_ACK_TIMEOUT);
  // On the plain protocol the confirmation is a frame of its own.
  link.pushEvent(SUBSCRIBE, body, config.protocol === 'ws' ? undefined : ack);
}

/**
 * Ends a subscription at the server, and remembers that for a server which restores a lost session
 * without having heard of the end. With `ackBy` the server may reply that there is nothing to end:
 * the session ignores replies until then.
 *
 * @param {Session} session
 * @param {string} serverId JSON
 * @param {number} [ackBy]
 */
function endSubscription(session, serverId, ackBy) {
  // The server may use one id for all subscriptions of a topic.
  if (session.subscriptions.hasServerId(serverId)) return;
  const ack = ackBy === undefined ? undefined : session.link?.acks.insert({ kind: 'repeatedEnd' }, ackBy);
  session.link?.pushEvent(UNSUBSCRIBE, `{"subscriptionId":${serverId}}`, ack);
  session.recovery?.handleUnsubscribe(serverId);
}

/**
 * The server has confirmed a subscription: that of `number` if it is known.
 *
 * @param {Session} session
 * @param {number} now
 * @param {number | undefined} number
 * @param {string | undefined} serverId JSON
 * @param {string} [topic]
 */
function confirmSubscription(session, now, number, serverId, topic) {
  const { link, subscriptions } = session;
  if (link === undefined) return;
  const echoed = serverId?.startsWith('"') ? numberOf(JSON.parse(serverId)) : undefined;
  const confirmed = subscriptions.confirm(link.requests, number ?? echoed, topic, serverId);
  if (confirmed === undefined) return;
  if (confirmed.ended !== undefined) return endSubscription(session, confirmed.ended);
  const { former, number: live } = confirmed;
  // A recovered session has restored it, and the server has added a second one.
  if (former !== undefined) endSubscription(session, former, now + REPEATED_END_TIMEOUT);
  session.gaps.handleAnswered(live);
  session.confirmations.handleConfirmed(live, link);
  forgetPlainRequest(session, live);
  notify(session, ['subscribed', { subscriptionId: idOf(live) }]);
  reportUnconfirmed(session);
}

/**
 * The server has refused a subscription, or reports another failure.
 *
 * @param {Session} session
 * @param {string} problem
 * @param {string} [subscriptionId]
 */
function handleFailure(session, problem, subscriptionId) {
  const number = subscriptionId === undefined ? undefined : numberOf(subscriptionId);
  if (number !== undefined) {
    session.link?.requests.refuse(number);
    forgetRequest(session, number);
    // The user has ended the subscription: no failure of it matters any more.
    if (session.subscriptions.topic(number) === undefined) return;
  }
  if (subscriptionId === undefined)
    report(session, { code: 'SERVER_ERROR', message: `the server reported an error: ${problem}` });
  else {
    const message = `the server refused subscription ${subscriptionId}: ${problem}`;
    report(session, { code: 'SUBSCRIBE_DENIED', message, subscriptionId });
  }
}

/**
 * The server has refused a subscription, or the user has ended it.
 *
 * @param {Session} session
 * @param {number} number
 */
function forgetRequest(session, number) {
  session.gaps.handleAnswered(number, false);
  session.confirmations.forget(number, session.link);
  forgetPlainRequest(session, number);
}

/**
 * On the plain protocol the frame that has come is the only answer.
 *
 * @param {Session} session
 * @param {number} number
 */
function forgetPlainRequest({ config, link }, number) {
  if (config.protocol !== 'ws') return;
  link?.acks.forget(number);
}

export { confirmSubscription, endSubscription, handleFailure, requestSubscription, subscribe, unsubscribe };
