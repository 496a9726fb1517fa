/** useDocument: a document that follows the server. */

import { useCallback, useMemo } from 'react';

import { useClient } from './client.js';
import { keyOf, useShared } from './shared.js';

/** @import { RealtimeClient, RealtimeError, UpdateOptions, WatchOptions } from '../../index.js' */
/** @import { LiveState } from '../../react.js' */

/** @type {LiveState} */
const UNREAD = { data: undefined, revision: 0, deleted: false, ready: false, error: undefined };

/**
 * @param {string} service
 * @param {string} id
 * @param {WatchOptions & { enabled?: boolean }} [options]
 */
function useDocument(service, id, { enabled = true, ...options } = {}) {
  const client = useClient('useDocument', 'sync');
  const key = enabled ? keyOf('document', service, id, options) : undefined;
  const state = useShared(client, key, (set) => follow(client, service, id, options, set), UNREAD);
  const update = useCallback(
    (/** @type {(data: any) => any} */ change, /** @type {UpdateOptions | undefined} */ limits) =>
      client.sync.update(service, id, change, limits),
    [client, service, id],
  );
  return useMemo(() => ({ ...state, update }), [state, update]);
}

/**
 * @param {RealtimeClient} client
 * @param {string} service
 * @param {string} id
 * @param {WatchOptions} options
 * @param {(state: LiveState) => void} set
 */
function follow(client, service, id, options, set) {
  const live = client.sync.watch(service, id, options);
  let ready = false;
  const show = (/** @type {RealtimeError | undefined} */ error) =>
    set({ data: live.data, revision: live.revision, deleted: live.deleted, ready, error });
  const changed = () => {
    ready = true;
    show(undefined);
  };
  const failed = (/** @type {RealtimeError} */ error) => {
    if (error.code === 'ABORTED') return;
    show(error);
    read();
  };
  // A document that does not exist has no change to report, and the first read no event for its
  // failure.
  const read = () => live.ready().then(changed, failed);
  live.on('change', changed);
  live.on('delete', changed);
  live.on('error', show);
  read();
  return () => live.close();
}

export { useDocument };
