/**
 * What components share: one source for each client and key, such as a subscription, however many
 * components use it.
 *
 * A source opens in the effect of its first component, so a render that React discards, or that
 * runs on a server, leaves nothing behind. It closes in a later task after its last component has
 * gone: StrictMode and hot reload end effects only to run them again at once.
 */

import { useCallback, useSyncExternalStore } from 'react';

/** @import { RealtimeClient } from '../../index.js' */

/**
 * @typedef {object} Source
 * @property {any} value what the components show
 * @property {Set<() => void>} users called when the value changes
 * @property {() => void} close
 */

/**
 * Opens a source, and returns how to close it.
 *
 * @typedef {(set: (value: any) => void) => () => void} Open
 */

/** @type {WeakMap<RealtimeClient, Map<string, Source>>} */
const sources = new WeakMap();

/**
 * The key for these arguments. Values that JSON does not know, such as undefined in a filter, stay
 * distinct: the client refuses them, so they must not find the source of a valid filter.
 *
 * @param {unknown[]} args
 */
function keyOf(...args) {
  return JSON.stringify(args, (_, value) => value ?? String(value));
}

/**
 * @param {RealtimeClient} client
 * @param {string} key
 * @param {Open} open
 * @param {() => void} [user] called when the value changes; a function that no other user passes
 * @returns {() => void} releases the source
 */
function retain(client, key, open, user = () => {}) {
  const known = sources.get(client) ?? new Map();
  sources.set(client, known);
  /** @type {Source} */
  const source = known.get(key) ?? { value: undefined, users: new Set(), close: nothing };
  if (!known.has(key)) {
    source.close = open((value) => {
      source.value = value;
      for (const notify of source.users) notify();
    });
    known.set(key, source);
  }
  source.users.add(user);
  return () => {
    source.users.delete(user);
    setTimeout(() => {
      if (source.users.size > 0 || known.get(key) !== source) return;
      known.delete(key);
      source.close();
    });
  };
}

/**
 * The value of a source, which stays open while the component is mounted.
 *
 * @template Value
 * @param {RealtimeClient} client
 * @param {string | undefined} key undefined to use no source
 * @param {Open} open
 * @param {Value} initial before the source is open
 * @param {Value} [onServer] the value on a server, and of the render that continues its HTML
 * @returns {Value}
 */
function useShared(client, key, open, initial, onServer = initial) {
  // The key says all that `open` depends on.
  const subscribe = useCallback(
    /** @param {() => void} user */ (user) => (key === undefined ? nothing : retain(client, key, open, user)),
    [client, key],
  );
  const read = () => (key === undefined ? undefined : sources.get(client)?.get(key)?.value) ?? initial;
  return useSyncExternalStore(subscribe, read, () => onServer);
}

function nothing() {}

export { keyOf, nothing, retain, useShared };
