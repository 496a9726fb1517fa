/**
 * Flight recorder of the JavaScript engine, and the replay of recordings: pass it to
 * `options.record` where the package does not load it by itself, see `docs/recording.md`.
 */
export interface Recorder {
  /**
   * Replays a recording in the JavaScript session, one call a step. Stops behind the first step
   * that differs from the recording.
   *
   * @param recording what {@link RealtimeClient.recording} returned
   * @throws an `Error` if a line cannot be read; the message names the line
   * @example
   * const { recorder } = await import('@smarterservices/realtime/recorder');
   * for (const { line, call, state } of recorder.replay(realtime.recording() ?? ''))
   *   console.log(line, call, state.phase);
   */
  replay(recording: string): Generator<ReplayStep, void>;
}

/** One call of a recording, replayed. */
export interface ReplayStep {
  /** Its line in the recording, from 1. */
  line: number;
  /** When it happened, in milliseconds since the session began, if the call has a time. */
  at: number | undefined;
  /** Method of the session. */
  call: string;
  args: unknown[];
  /** What the replayed session returned, if anything. */
  returns: unknown;
  /** Topic of the event that went to the handlers, if one did. */
  delivers: string | undefined;
  /** What the replayed session thinks after the call. */
  state: SessionState;
  /**
   * True if the engine that was recorded had done something else. That happens behind the beginning
   * of a recording whose first part was dropped; in a whole one, the engines disagree.
   */
  differs: boolean;
  /** First difference between the recording and this replay, if there is one. */
  difference: ReplayDifference | undefined;
}

/** Where a replay does something else than the recording. */
export interface ReplayDifference {
  /** Member of the line: `returns`, `delivers`, `draws` or `then`. */
  what: string;
  recorded: unknown;
  replayed: unknown;
}

/** What a session thinks. */
export interface SessionState {
  phase: 'idle' | 'asking' | 'dialing' | 'waiting' | 'opening' | 'joining' | 'connected';
  /** What the session waits for, the earliest first; `at` as in {@link ReplayStep}. */
  deadlines: { timer: string; at: number }[];
  subscriptions: { id: string; topic: string; isConfirmed: boolean }[];
  /** Messages that wait to be sent. */
  outbox: number;
  /** Requests that the server has not answered. */
  pendingAcks: number;
}
