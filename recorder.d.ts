/**
 * `@smarterservices/realtime/recorder`: the flight recorder for pages and workers, and the replay of
 * recordings. The guide is `docs/recording.md`.
 *
 * ```js
 * import { recorder } from '@smarterservices/realtime/recorder';
 *
 * const realtime = new RealtimeClient({ url: 'http://localhost:3000', token, record: { recorder } });
 * ```
 *
 * @packageDocumentation
 */

import type { Recorder } from './types/recording.js';

export type { RecordOptions } from './types/options.js';
export type { Recorder, ReplayDifference, ReplayStep, SessionState } from './types/recording.js';

/** The recorder, for `options.record`. */
export const recorder: Recorder;
