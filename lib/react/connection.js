/** useConnection: the state of the connection. */

import { useClient } from './client.js';
import { useShared } from './shared.js';

/** @import { ConnectionEvent, ConnectionState } from '../../index.js' */
/** @import { ConnectionStatus } from '../../react.js' */

/** A state without its cause. React needs the same object each time. @type {{ [state: string]: ConnectionStatus }} */
const STATES = {};

/** @param {ConnectionState} state */
function withoutCause(state) {
  STATES[state] ??= { state };
  return STATES[state];
}

/** @returns {ConnectionStatus} */
function useConnection() {
  const client = useClient('useConnection');
  return useShared(
    client,
    'connection',
    (set) => {
      // A notice that `connect()` or `disconnect()` has overtaken is history.
      const show = (/** @type {ConnectionEvent} */ change) =>
        set(change.state === client.state ? change : withoutCause(client.state));
      client.on('connection', show);
      set(withoutCause(client.state));
      return () => client.off('connection', show);
    },
    withoutCause(client.state),
    withoutCause('disconnected'),
  );
}

export { useConnection };
