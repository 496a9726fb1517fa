/** The log of one client, as the code that logs sees it. Undefined where nothing is logged. */

import type { LogLevel, LogPart, LogRecord } from '../../index.js';
import type { Notice } from '../engines/engine.js';

export type { LogLevel, LogPart };
export type Level = LogRecord['level'];

/** What a record tells besides its message. Members that are undefined are left out. */
export type Fields = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Log {
  /**
   * Writes a record, unless the level of its part excludes it. It never throws. `messages.js` has
   * the level and part of each message, and what the record tells of the value.
   */
  (message: string, value?: unknown, time?: number): void;
  /** Writes what a notice of the JavaScript engine says. */
  (notice: Notice, value?: undefined, time?: number): void;
  /** What an engine on another thread needs of the log. Undefined where there is no such engine. */
  remote?: Remote;
}

export interface Remote {
  /** The most verbose level of each part: 0 is off, 5 is trace. */
  readonly ranks: Readonly<Record<LogPart, number>>;
  /** Writes a record of the engine. */
  write(level: Level, part: LogPart, message: string, fields: Fields, time: number): void;
  /**
   * Passes on the records that the engine holds back. The log calls it before it writes a record of
   * JavaScript, so that records stay in the order in which things happened.
   */
  take?: () => void;
}

/** Hides the secrets of a client in a text. */
export interface Redaction {
  text(text: string): string;
}
