import type { AbortSignal } from '../web.js';
import type { SocketClient } from './client.js';

/** Options of {@link SocketClient.joinChannel}. */
export interface JoinOptions {
  /**
   * Leaves the channel when it is aborted, as {@link SocketClient.leaveChannel} does. A join that
   * waits for its answer rejects with `ABORTED`.
   */
  signal?: AbortSignal;
}

/** Options of {@link SocketClient.publish} and {@link SocketClient.directMessage}. */
export interface PublishOptions {
  /**
   * Time the server has to answer after the message was sent, in milliseconds, > 0. Default: 10000.
   */
  timeout?: number;
  /** Drop the message if it cannot be sent at once, instead of queueing it. Default: false. */
  volatile?: boolean;
  /**
   * Send the message again on the next connection if this one is lost before the server answers. It
   * keeps its ID, so receivers drop the duplicate. Default: false, so it is sent at most once.
   */
  retry?: boolean;
  /**
   * Ends the wait for the answer: the promise rejects with `ABORTED`. The message may be sent
   * nevertheless, then the error says `uncertain`. With a signal that is aborted before the call,
   * nothing is sent.
   */
  signal?: AbortSignal;
}

/** Result of sending a message. */
export interface PublishReceipt {
  /** ID of the message, as its receivers see it. */
  id: string;
  /** The message was `volatile` and was not sent. */
  dropped?: true;
}

/** Answer of the server to {@link SocketClient.joinChannel}. */
export interface ChannelJoin {
  channel: string;
  /** Number of members after the join, if the server reports it. */
  memberCount?: number;
}

/**
 * Direct message.
 *
 * @typeParam Data type of the data
 * @typeParam Event type of the name; a client with a message map sets it
 */
export interface DirectMessage<Data = unknown, Event extends string = string> {
  /** Unique message ID. The client delivers an ID once. */
  id: string;
  /** Name of the message. */
  event: Event;
  data: Data;
  /** Socket ID of the sender, or undefined for a message of the server itself. */
  from?: string;
  /** Unix timestamp in milliseconds. */
  timestamp: number;
}

/**
 * Message to a channel.
 *
 * @typeParam Data type of the data
 * @typeParam Event type of the name; a client with a message map sets it
 * @typeParam Channel type of the channel's name; a client with a message map sets it
 */
export interface ChannelMessage<Data = unknown, Event extends string = string, Channel extends string = string>
  extends DirectMessage<Data, Event> {
  channel: Channel;
}

/** Channel that has members. */
export interface ChannelInfo {
  name: string;
  memberCount: number;
}

/** Member of a channel. */
export interface ChannelMember {
  socketId: string;
  /** Unix timestamp in milliseconds. */
  joinedAt: number;
}

/** A member joined or left a channel. */
export interface PresenceEvent extends ChannelMember {
  type: 'join' | 'leave';
  channel: string;
}
