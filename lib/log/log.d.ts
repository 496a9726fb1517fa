/** The log of one client, as the code that logs sees it. Undefined where nothing is logged. */

import type { LogLevel, LogPart, LogRecord } from '../../index.js';
import type { Notice } from '../engines/engine.js';

export type { LogLevel, LogPart };
export type Level = LogRecord['level'];

/** What a record tells besides its message. Members that are undefined are left out. */
export type Fields = Record<string, string | number | boolean | readonly string[] | null | undefined>;

export interface Log {
  /**
   * Writes a record, unless the level of its part excludes it. It never throws. With `time`, the
   * record is the engine's: it happened then.
   */
  (level: Level, part: LogPart, message: string, fields?: Fields, time?: number): void;
  /** Writes what a notice of the JavaScript engine says. */
  (notice: Notice): void;
  /** The most verbose level of each part: 0 is off, 5 is trace. */
  levels: Readonly<Record<LogPart, number>>;
  /**
   * Passes on the records that an engine holds back. The log calls it before it writes a record of
   * JavaScript, so that records stay in the order in which things happened.
   */
  source?: () => void;
}

/** What a log is opened for. */
export interface About {
  /** Hides the secrets of the client in every text. */
  redaction?: { text(text: string): string };
}
