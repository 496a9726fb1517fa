/**
 * The contract between the tracer and what observes clients: the diagnostics channels, the entry
 * `opentelemetry`, and the track in DevTools.
 */

import type {
  ConnectTrace,
  DropMessage,
  GapMessage,
  HandleTrace,
  PublishTrace,
  RequestTrace,
  SlowMessage,
  WebhookTrace,
} from '../../types/tracing.js';

/** All events that one turn of the event loop handles. */
export interface BatchTrace {
  client: object;
  serverAddress: string;
  serverPort: number;
  /** Known when the batch ends. */
  count: number;
}

/** Contexts by kind of operation. An observer may keep one, and read it when the operation ends. */
export interface Contexts {
  connect: ConnectTrace;
  publish: PublishTrace;
  request: RequestTrace;
  handle: HandleTrace;
  batch: BatchTrace;
  webhook: WebhookTrace;
}

/** Messages by kind. */
export interface Messages {
  gap: GapMessage;
  slow: SlowMessage;
  drop: DropMessage;
}

export type Kind = keyof Contexts;

/** An operation that an observer has begun to observe. */
export interface Operation {
  /** Runs the synchronous part: code below it finds the operation to be the active one. */
  run<Result>(body: () => Result): Result;
  /** An event of a batch is about to be handled. */
  add?(event: object): void;
  /** The operation has ended. Its context is complete, and has the error if it failed. */
  end(): void;
}

/** Whatever observes clients. None of its methods may throw. */
export interface Observer {
  /** Whether it wants operations or messages of this kind, and of this client if there is one. */
  wants(kind: Kind | keyof Messages, client?: object): boolean;
  /** An operation begins now. Undefined: this one is not observed. */
  begin<Name extends Kind>(kind: Name, context: Contexts[Name]): Operation | undefined;
  /** Something happened that takes no time. */
  notify?<Name extends keyof Messages>(kind: Name, message: Messages[Name]): void;
  /** The tracer has met a client for the first time. */
  met?(client: Observed): void;
  /** A client is about to be destroyed. Its statistics can be read for the last time. */
  destroyed?(client: Observed): void;
}

/** A client, as far as observers know it. */
export interface Observed {
  client: { stats(): object; readonly state: string };
  serverAddress: string;
  serverPort: number;
}
