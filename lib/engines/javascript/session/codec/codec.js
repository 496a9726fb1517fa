/**
 * The codec: frames to meanings and back, the same for Socket.IO and the plain protocol.
 *
 * @import { Assembler } from '../../protocol/attachments.js'
 * @import { Event } from '../../../engine.js'
 * @import { Handshake } from '../../protocol/engine-io.js'
 * @import { Refusal } from './refusal.js'
 */

import { DecodeError } from '../../protocol/decode-error.js';

/**
 * The meaning of a frame of the server:
 *
 * - `opened`: the Engine.IO handshake
 * - `joined`: the namespace is joined. Servers before Socket.IO 3 send no socket id.
 * - `named`: the server's id of this connection, on the plain protocol
 * - `refused`: the namespace is refused
 * - `disconnected`: the server ends the session on purpose
 * - `closed`: the server closes the transport
 * - `pong`: the answer to our application ping, with the server's time where it tells that
 * - `pingAdmitted`: the server has opened the namespace of the application ping
 * - `event`: as `JSON.parse` returns it; `offset` is any JSON
 * - `subscribed`: `serverId` is the server's id of the subscription, see `server-ids.js`
 * - `failed`: the server reports a failure
 * - `acked`: the answer to one of our packets: its id and value, undefined where it has none.
 *   `serverId` is the value's `subscriptionId`, see `server-ids.js`.
 * - `gap`: the platform may have lost events before they reached this connection. `topics` are
 *   topics and channels; undefined: all of them. `offset` is any JSON.
 * - `binaryStarted`: the head of a binary packet; its attachments follow
 * - `ignored`: no action: unknown events, other namespaces
 *
 * @typedef {{ kind: 'opened', handshake: Handshake }
 *   | { kind: 'joined', socketId: string | undefined, pid: string | undefined }
 *   | { kind: 'named', socketId: string }
 *   | { kind: 'refused', refusal: Refusal | Promise<Refusal> }
 *   | { kind: 'ping', text: string }
 *   | { kind: 'event', event: Event, offset: unknown }
 *   | { kind: 'subscribed', serverId: string | undefined, topic: string | undefined }
 *   | { kind: 'failed', error: string | undefined, message: string | undefined, subscriptionId: string | undefined }
 *   | { kind: 'gap', topics: string[] | undefined, reason: string, durationMs: number, offset: unknown }
 *   | { kind: 'acked', id: number, payload: any, serverId: string | undefined }
 *   | { kind: 'pong', timestamp?: unknown }
 *   | { kind: 'disconnected' | 'closed' | 'pingAdmitted' | 'binaryStarted' | 'ignored' }} Incoming
 */

/**
 * One of the two protocols.
 *
 * @typedef {object} Codec
 * @property {(text: string, assembler: Assembler) => Incoming} decode reads a text frame; throws a
 *   {@link DecodeError}
 * @property {(text: string) => string | undefined} offset the offset of an unreadable event, from
 *   the text of its packet
 * @property {(frame: string) => number | undefined} awaitedAck the id of the ack that the server
 *   expects for the event in a frame
 * @property {(name: string, payload: string, ack: number | undefined, attachments: number) => string} event
 *   an event with one argument, a JSON text. On the plain protocol the argument is an object, and
 *   there are no attachments.
 * @property {string} [farewell] the last frame before the client closes the link on purpose
 * @property {string} ping the client's application ping: a message that every server answers
 */

/**
 * Returns what the decoder returns, or the {@link DecodeError} that it throws.
 *
 * @template T, Frame, Context
 * @param {(frame: Frame, context: Context) => T} decode
 * @param {Frame} frame
 * @param {Context} [context]
 */
function attempt(decode, frame, context) {
  try {
    return decode(frame, /** @type {Context} */ (context));
  } catch (problem) {
    if (problem instanceof DecodeError) return problem;
    throw problem;
  }
}

export { attempt };
