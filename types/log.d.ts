/** How much is logged, from nothing to everything. Each level contains those before it. */
export type LogLevel = 'off' | 'error' | 'warn' | 'info' | 'debug' | 'trace';

/**
 * The part of the package that a record is about.
 *
 * | part | records |
 * |---|---|
 * | `client` | the client was created, destroyed |
 * | `session` | the connection, subscriptions, channels, gaps, errors |
 * | `transport` | links to the server; with `trace` their frames |
 * | `auth` | the token function is asked, and answers |
 * | `rest` | requests with status and duration, retries |
 * | `webhook` | deliveries, accepted and refused |
 */
export type LogPart = 'client' | 'session' | 'transport' | 'auth' | 'rest' | 'webhook';

/**
 * Something that happened in the package. No record contains a secret. Payloads appear at the level
 * `trace` alone, cut after 256 characters.
 */
export interface LogRecord {
  /** When it happened, in milliseconds since 1970. */
  time: number;
  level: Exclude<LogLevel, 'off'>;
  part: LogPart;
  /** The number of the client in this process, counted from 1. Webhooks belong to no client. */
  client?: number;
  /** What happened, in a few words that stay the same: `connected`, `reconnecting`, `gap`. */
  message: string;
  /** The details by name, such as `reason` or `retryIn` (milliseconds). */
  fields: Record<string, string | number | boolean | null | string[]>;
}

/**
 * Takes records, in the order in which things happened. If it throws, the client continues and
 * warns once.
 */
export type LogHandler = (record: LogRecord) => unknown;

/** A method of a {@link Logger}. */
// biome-ignore lint/suspicious/noExplicitAny: loggers do not agree on their arguments.
export type LogMethod = (...args: any[]) => unknown;

/**
 * A logger of the application: pino and its children, console, winston, or anything else with
 * these methods. A logger with the method `bindings` (pino) is called with `(fields, message)`, any
 * other with `(message, fields)`. The fields contain `at` (an ISO 8601 time), `part` and `client`
 * besides those of the record. Records of the level `trace` go to `debug` unless the logger is a
 * pino.
 */
export interface Logger {
  error: LogMethod;
  warn: LogMethod;
  info: LogMethod;
  debug: LogMethod;
  trace?: LogMethod;
}

/** What to log, and where to. */
export interface LogOptions {
  /**
   * A level for all parts, such as `'debug'`, or levels by part: `'session=debug,rest=info'`. Parts
   * that are not named are silent, unless a level stands alone: `'warn,session=debug'`. Default:
   * the environment variable `REALTIME_LOG`, else the level of a pino, else `'info'`.
   */
  level?: string;
  /** Gets every record. Default: standard error; in browsers, the console. */
  handler?: LogHandler;
  /** Gets every record in place of `handler`. */
  logger?: Logger;
}
