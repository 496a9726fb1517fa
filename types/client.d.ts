import type { CollectionOptions, LiveCollection } from './collection.js';
import { CoreClient } from './core-client.js';
import type { RealtimeError } from './errors.js';
import type { TopicMap, TopicPayload } from './events.js';
import type { RealtimeClientOptions } from './options.js';
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
 * Type maps are optional. With one, TypeScript completes the names in it and refuses others, and
 * knows the types of payloads, documents and messages. `Untyped` stands for a map that you skip.
 * The types are not checked at run time; {@link RealtimeClientOptions.schemas} are.
 *
 * @typeParam Topics map from topics to the types of their payloads
 * @typeParam Documents map from services to the types of their documents. Each service adds its two
 *   topics, `sync.<service>.updated` and `sync.<service>.deleted`.
 * @typeParam Messages map from channels to the names of their messages and the types of the data.
 *   `direct` has the direct messages.
 * @example
 * interface Topics {
 *   'session.status': { sessionId: string; campusId: number; status: 'active' | 'ended' };
 *   [topic: `grade.${string}`]: { points: number };
 * }
 * interface Documents {
 *   notes: { title: string; tags: string[] };
 * }
 * interface Messages {
 *   lobby: { greeting: { text: string }; left: { reason?: string } };
 * }
 * const realtime = new RealtimeClient<Topics, Documents, Messages>({ url, token });
 *
 * realtime.subscribe({ topic: 'session.status', filter: { campusId: 12 } });
 * realtime.on('event:session.status', ({ payload }) => console.log(payload.status));
 * realtime.on('event', (event) => {
 *   if (event.topic === 'sync.notes.updated') console.log(event.payload.data?.title);
 * });
 * await realtime.sync.merge('notes', 'n1', { title: 'Milk' });
 * await realtime.socketClient.publish('lobby', 'greeting', { text: 'hello' });
 */
export class RealtimeClient<
  Topics extends TopicMap<Topics> = Untyped,
  Documents extends DocumentMap<Documents> = Untyped,
  Messages extends MessageMap<Messages> = Untyped,
> extends CoreClient<Topics & DocumentTopics<Documents>> {
  /**
   * Creates a client, which connects at once unless `autoConnect` is false.
   *
   * @throws {@link RealtimeError} `INVALID_ARGUMENT`; the message names the option and the expected
   *   value; `ADDON_NOT_FOUND` if options need the native engine, and there is none
   */
  constructor(options: RealtimeClientOptions<Topics>);

  /**
   * Follows the rows of a table, or any other set of rows whose changes are events: subscribes to
   * the topic, reads the rows, and applies each event to them. Resolves once the rows are read.
   *
   * @example
   * const active = await realtime.collection({
   *   topic: 'session.status',
   *   filter: { status: 'active' },
   *   orderBy: (a, b) => Number(a.startedAt) - Number(b.startedAt),
   * });
   * active.on('change', ({ changes }) => console.log(active.size, changes));
   *
   * @throws {@link RealtimeError} `NOT_FOUND` if no database mapping has the topic,
   *   `SUBSCRIBE_DENIED`, `ABORTED`, the errors of requests, or what `snapshot` throws
   */
  collection<Topic extends keyof Topics & string>(
    options: CollectionOptions<TopicPayload<Topics, Topic>> & { topic: Topic },
  ): Promise<LiveCollection<TopicPayload<Topics, Topic>>>;

  /** JSON documents. */
  readonly sync: SyncClient<Documents>;
  /** Channels, direct messages and presence. */
  readonly socketClient: SocketClient<Messages>;
}
