/**
 * The entry `react`: hooks for a client that is created outside of React. They know nothing of the
 * client but its public methods.
 */

export { RealtimeProvider, useRealtimeClient } from './client.js';
export { useConnection } from './connection.js';
export { useDocument } from './document.js';
export { useEvent, useEvents } from './events.js';
export { usePresence } from './presence.js';
