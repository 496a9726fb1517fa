/// <reference lib="esnext.disposable" />

import type { CoreClient } from './core-client.js';
import type { GapEvent, RealtimeEvent } from './events.js';
import type { InboxOptions } from './options.js';
import type { SubscribeOptions } from './subscription.js';
import type { AbortSignal } from './web.js';

/** Options of a listener. */
export interface ListenerOptions {
  /** Removes the listener when it is aborted. With a signal that is aborted, none is added. */
  signal?: AbortSignal;
}

/** Options of {@link CoreClient.ready} and {@link CoreClient.subscribed}. */
export interface WaitOptions {
  /** Ends the wait: the promise rejects with `ABORTED`, and `cause` is the reason of the signal. */
  signal?: AbortSignal;
  /**
   * Milliseconds after which the promise rejects with `TIMEOUT`, > 0. While there is
   * no connection, `cause` says why. Default: no limit.
   */
  timeout?: number;
}

/**
 * Options of {@link CoreClient.waitFor}.
 *
 * @typeParam Data what the listeners of that name receive
 * @typeParam Wanted what `where` narrows it to
 */
export interface WaitForOptions<Data = unknown, Wanted extends Data = Data> extends WaitOptions {
  /**
   * Which of them to wait for. If it throws, the promise rejects with that error. Default: the
   * first.
   */
  where?: ((data: Data) => data is Wanted) | ((data: Data) => boolean);
}

/**
 * Options of {@link CoreClient.events}.
 *
 * @typeParam Topic type of the topic
 * @typeParam Payload type of the topic's payload: it decides what a filter may contain
 */
export interface EventsOptions<Topic extends string = string, Payload extends object = Record<string, unknown>>
  extends SubscribeOptions<Topic, Payload>,
    LoopOptions {
  /**
   * Ends the loop when it is aborted: the loop throws `ABORTED`, and what waits is discarded.
   */
  signal?: AbortSignal;
}

/** Options of a `for await` loop. */
export interface LoopOptions {
  /**
   * Ends the loop when it is aborted: the loop throws `ABORTED`, and what waits is discarded.
   */
  signal?: AbortSignal;
  /**
   * How many events may wait for the loop, at least 1. Beyond that {@link InboxOptions.overflow} of
   * the client decides: with `'disconnect'` the client stops reading from the connection, with the
   * others events are dropped and a {@link GapEvent} follows. Default: `inbox.maxEvents`, which is
   * 16384 by default.
   */
  buffer?: number;
}

/**
 * Events for a `for await` loop. Leaving the loop ends what brings them.
 *
 * @typeParam Value type of the events
 */
export interface EventStream<Value = RealtimeEvent> extends AsyncIterableIterator<Value> {
  /** The next event. After the end it resolves with `done`. */
  next(): Promise<IteratorResult<Value, undefined>>;
  /** Ends the stream. Events that wait are discarded. */
  return(): Promise<IteratorResult<Value, undefined>>;
  /** Ends the stream, and rejects with the error. */
  throw(error?: unknown): Promise<IteratorResult<Value, undefined>>;
  [Symbol.asyncIterator](): EventStream<Value>;
  /** Ends the stream at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
