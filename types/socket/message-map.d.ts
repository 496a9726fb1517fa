import type { RealtimeClient } from '../client.js';
import type { IfTyped } from '../untyped.js';
import type { ChannelMessage, DirectMessage } from './message.js';

/**
 * Types of messages by channel and by the name of the message, see {@link RealtimeClient}. The
 * messages under `direct` are direct messages, as no channel has that name.
 */
export type MessageMap<Messages> = { [Channel in keyof Messages]: object };

/** The channels of a message map. */
export type ChannelName<Messages> = Exclude<keyof Messages & string, 'direct'>;

/** The names of the messages of a channel. */
export type MessageName<Messages, Channel> = Channel extends keyof Messages ? keyof Messages[Channel] & string : string;

/** Names of the events for messages: of all channels, and of each. */
export type MessageEventName<Messages> = 'message' | `message:${ChannelName<Messages>}`;

/**
 * What is passed as the data of a message and behind it. The data may be left out if the message
 * can be `{}`.
 */
export type MessageArguments<Messages, Channel, Event, Options extends unknown[] = []> =
  Record<never, never> extends MessageData<Messages, Channel, Event>
    ? [data?: MessageData<Messages, Channel, Event>, ...Options]
    : [data: MessageData<Messages, Channel, Event>, ...Options];

/** Type of the data of a message. */
export type MessageData<Messages, Channel, Event> = Channel extends keyof Messages
  ? Event extends keyof Messages[Channel]
    ? Messages[Channel][Event]
    : unknown
  : unknown;

/**
 * What the listeners of `'message'` and `'message:<channel>'` receive. With a message map, a check
 * of `event` narrows `data` as well.
 *
 * @typeParam Data type of the data for a client without a message map
 */
export type ReceivedMessage<Messages, Name, Data> = IfTyped<
  Messages,
  MessageIn<Messages, Name extends `message:${infer Channel}` ? Channel : ChannelName<Messages>>,
  ChannelMessage<Data>
>;

type MessageIn<Messages, Channel extends string> = Channel extends keyof Messages
  ? {
      [Event in keyof Messages[Channel] & string]: ChannelMessage<Messages[Channel][Event], Event, Channel>;
    }[keyof Messages[Channel] & string]
  : never;

/**
 * What the listeners of `'direct'` receive. With a message map that has `direct`, a check of
 * `event` narrows `data` as well.
 *
 * @typeParam Data type of the data for a client without types of direct messages
 */
export type ReceivedDirectMessage<Messages, Data> = 'direct' extends keyof Messages
  ? IfTyped<
      Messages,
      {
        [Event in keyof Messages['direct'] & string]: DirectMessage<Messages['direct'][Event], Event>;
      }[keyof Messages['direct'] & string],
      DirectMessage<Data>
    >
  : DirectMessage<Data>;
