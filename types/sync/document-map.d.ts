import type { RealtimeClient } from '../client.js';
import type { IfTyped } from '../untyped.js';
import type { DocumentDeletedPayload, DocumentUpdatedPayload } from './document.js';

/** Types of documents by service, see {@link RealtimeClient}. */
export type DocumentMap<Documents> = { [Service in keyof Documents]: unknown };

/**
 * Type of the data of a service's documents.
 *
 * @typeParam Data type for a client without a document map
 */
export type DocumentData<Documents extends DocumentMap<Documents>, Service extends keyof Documents, Data> = IfTyped<
  Documents,
  Documents[Service],
  Data
>;

/** The topics of the services of a document map, with the types of their payloads. */
export type DocumentTopics<Documents extends DocumentMap<Documents>> = IfTyped<
  Documents,
  { [Service in keyof Documents & string as `sync.${Service}.updated`]: DocumentUpdatedPayload<Documents[Service]> } & {
    [Service in keyof Documents & string as `sync.${Service}.deleted`]: DocumentDeletedPayload;
  },
  unknown
>;
