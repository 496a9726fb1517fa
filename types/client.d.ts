import { CoreClient } from './core-client.js';
import type { TopicMap } from './events.js';
import type { SocketClient } from './socket/client.js';
import type { MessageMap } from './socket/message-map.js';
import type { SyncClient } from './sync/client.js';
import type { DocumentMap, DocumentTopics } from './sync/document-map.js';
import type { Untyped } from './untyped.js';

/**
 * Connection to the platform, with its subscriptions and listeners.
 *
 * On Node, the connection runs on its own thread. A busy event loop cannot drop it, and a burst of
 * events cannot block the event loop. A client that is not disconnected keeps the process alive,
 * see {@link RealtimeClient.unref}.
 *
 * @typeParam Topics optional map from topics to the types of their payloads
 * @example
 * const realtime = new RealtimeClient<{
 *   'session.status': { sessionId: string; status: string };
 * }>({ url: 'http://localhost:3000', token });
 * realtime.subscribe({ topic: 'session.status' });
 * realtime.on('event:session.status', ({ payload }) => console.log(payload.status));
 */
export class RealtimeClient<
  Topics extends TopicMap<Topics> = Untyped,
  Documents extends DocumentMap<Documents> = Untyped,
  Messages extends MessageMap<Messages> = Untyped,
> extends CoreClient<Topics & DocumentTopics<Documents>> {
  /** JSON documents. */
  readonly sync: SyncClient<Documents>;
  /** Channels, direct messages and presence. */
  readonly socketClient: SocketClient<Messages>;
}
