/** Reports: what the platform knows about its clients, for a test that waits in vain. */

import { nearestName } from '../../../lib/options/habits/nearest-name.js';

/** @import { LocalConnection } from '../../index.js' */
/** @import { Broker } from '../broker/broker.js' */

/** How many entries a line of a report lists. */
const MAX_LISTED = 5;

/** `0 subscriptions`, `1 subscription`. @param {number} count @param {string} noun */
export const counted = (count, noun) => `${count} ${noun}${count === 1 ? '' : 's'}`;

/**
 * The names in use that may have been meant instead of this one.
 *
 * @param {string} name
 * @param {{ topics: string[], channels: string[] }} used
 * @param {'topics' | 'channels'} kind what the name was used as
 */
export function nearMisses(name, used, kind) {
  const [other, method] = kind === 'topics' ? ['channel', 'joined'] : ['topic', 'subscribed'];
  const elsewhere = kind === 'topics' ? used.channels : used.topics;
  if (elsewhere.includes(name)) return [`'${name}' is a ${other} in use. Did you mean ${method}('${name}')?`];
  const nearest = used[kind].length > 0 ? nearestName(name, used[kind]) : undefined;
  return nearest === undefined || nearest === name ? [] : [`Did you mean '${nearest}', which is in use?`];
}

/** The topics and channels of clients that are connected. @param {LocalConnection[]} connections */
export function namesInUse(connections) {
  const topics = connections.flatMap(({ subscriptions }) => subscriptions.map(({ topic }) => topic));
  return { topics: [...new Set(topics)], channels: [...new Set(connections.flatMap(({ channels }) => channels))] };
}

/**
 * Who is connected, and what was refused.
 *
 * @param {Broker} broker
 * @param {boolean} isListening
 */
export function situation(broker, isListening) {
  const connections = broker.connections.all.map((connection) => connection.describe());
  const refused = broker.refusals.latest;
  return [
    ...(isListening ? [] : ['The platform does not listen: faults.goAway() is in effect.']),
    connections.length === 0
      ? 'Connected clients: none.'
      : `Connected clients: ${list(connections.map(describe), '; ')}.`,
    ...refused.slice(0, MAX_LISTED).map(({ what, reason, count, at }) => {
      const times = count === 1 ? '' : ` ${count} times, last`;
      return `Refused ${what}${times} ${duration(Date.now() - at)} ago: ${reason}`;
    }),
    ...(refused.length > MAX_LISTED ? [`And ${refused.length - MAX_LISTED} other reasons.`] : []),
  ];
}

/** A client in one phrase. @param {LocalConnection} connection */
export function describe({ sub, protocol, subscriptions, channels }) {
  const topics = [
    ...new Set(subscriptions.map(({ topic, filter }) => (filter ? `'${topic}' (filtered)` : `'${topic}'`))),
  ];
  const subscribed = topics.length === 0 ? 'without a subscription' : `subscribed to ${list(topics)}`;
  const joined = channels.length === 0 ? '' : `, in ${list(channels.map((channel) => `'${channel}'`))}`;
  return `'${sub}' (${protocol}) ${subscribed}${joined}`;
}

/** @param {string[]} entries @param {string} [separator] */
function list(entries, separator = ', ') {
  const more = entries.length - MAX_LISTED;
  return [...entries.slice(0, MAX_LISTED), ...(more > 0 ? [`${more} more`] : [])].join(separator);
}

/** @param {number} milliseconds */
export const duration = (milliseconds) =>
  milliseconds < 1000 ? `${Math.round(milliseconds)} ms` : `${Number((milliseconds / 1000).toFixed(1))} s`;
