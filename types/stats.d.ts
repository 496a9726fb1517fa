import type { RealtimeClient } from './client.js';
import type { InboxOptions } from './options.js';

/** Counters of one client since its construction, and the current sizes of its queues. */
export interface RealtimeStats {
  /** Events that the server sent. */
  eventsReceived: number;
  /** Events that reached JavaScript. */
  eventsDelivered: number;
  /** Events dropped as duplicates, by their ID. */
  droppedRepeats: number;
  /** Events dropped because no subscription or no listener wanted them. */
  droppedUnwanted: number;
  /** Events dropped because the handlers were too slow, see {@link InboxOptions.overflow}. */
  droppedOverflow: number;
  /**
   * Events, and states of watched documents, dropped because they did not fit their schemas. The
   * client emits an error `PAYLOAD_INVALID` for each.
   */
  droppedInvalid: number;
  /** Connections after the first one of each {@link RealtimeClient.connect}. */
  reconnects: number;
  /** Browsers do not tell the size of a text: there its characters are counted. */
  bytesReceived: number;
  bytesSent: number;
  /** Events in the inbox now. */
  inboxEvents: number;
  /** Their size in bytes. */
  inboxBytes: number;
  /** Messages that wait for a connection now, or for their answers if sent with `retry`. */
  outboxMessages: number;
  /** Their size in bytes. */
  outboxBytes: number;
  /** Live subscriptions. */
  subscriptions: number;
  /** Messages that the server has not acknowledged yet. */
  pendingAcks: number;
  /** Transport of the current connection, or null without one. */
  transport: 'websocket' | 'polling' | null;
}
