/** usePresence: the members of a channel, which is joined while a component uses it. */

import { useClient } from './client.js';
import { keyOf, useShared } from './shared.js';

/** @import { PresenceEvent, RealtimeClient, RealtimeError } from '../../index.js' */
/** @import { Presence } from '../../react.js' */

/** @type {Presence} */
const NOBODY = { members: [], error: undefined };

/** @param {string} channel @param {{ enabled?: boolean }} [options] */
function usePresence(channel, { enabled = true } = {}) {
  const client = useClient('usePresence', 'socketClient');
  const key = enabled ? keyOf('presence', channel) : undefined;
  return useShared(client, key, (set) => join(client, channel, set), NOBODY);
}

/**
 * @param {RealtimeClient} client
 * @param {string} channel
 * @param {(presence: Presence) => void} set
 */
function join({ socketClient }, channel, set) {
  const members = socketClient.presence(channel);
  const show = (/** @type {RealtimeError | undefined} */ error) => set({ members: [...members.values()], error });
  let isDue = false;
  // A list of a thousand members is a thousand events at once.
  const changed = (/** @type {PresenceEvent} */ event) => {
    if (event.channel !== channel || isDue) return;
    isDue = true;
    queueMicrotask(() => {
      isDue = false;
      show(undefined);
    });
  };
  socketClient.on('presence', changed);
  socketClient.joinChannel(channel).catch(show);
  return () => {
    socketClient.off('presence', changed);
    try {
      socketClient.leaveChannel(channel);
    } catch {
      // The client was destroyed.
    }
  };
}

export { usePresence };
