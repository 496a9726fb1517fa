/** The client of the components: a provider offers it, and keeps it connected while mounted. */

import { createContext, createElement, useContext, useEffect } from 'react';

import { nothing, retain } from './shared.js';

/** @import { ReactNode } from 'react' */
/** @import { RealtimeClient } from '../../index.js' */

const Context = createContext(/** @type {RealtimeClient | undefined} */ (undefined));

/** @param {{ client: RealtimeClient, connect?: boolean, children?: ReactNode }} props */
function RealtimeProvider({ client, connect = true, children }) {
  useEffect(() => {
    if (connect) return retain(client, 'connect', () => keepConnected(client));
  }, [client, connect]);
  return createElement(Context.Provider, { value: client }, children);
}

/** A client that has connected by itself stays connected. @param {RealtimeClient} client */
function keepConnected(client) {
  if (client.state !== 'disconnected') return nothing;
  client.connect();
  return () => client.disconnect();
}

/**
 * The client of the nearest provider.
 *
 * @param {string} hook the caller, for the error
 * @param {'sync' | 'socketClient'} [part] that the hook needs
 */
function useClient(hook, part) {
  const client = useContext(Context);
  if (!client) throw new Error(`${hook}(): No client. Put <RealtimeProvider client={client}> around the component.`);
  if (part && !client[part])
    throw new Error(`${hook}(): The client has no ${part}. Import RealtimeClient from the main entry, not from /core.`);
  return client;
}

function useRealtimeClient() {
  return useClient('useRealtimeClient');
}

export { RealtimeProvider, useClient, useRealtimeClient };
