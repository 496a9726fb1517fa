/**
 * The functions of the session that the driver and the engine call, in the order in which both take
 * them from this list. A recorder puts its own functions in their places (`lib/recording/tape.js`,
 * which knows the names): with a list, that costs a page a few bytes.
 */

import { connect, handleOpen } from './connecting.js';
import {
  abandon,
  destroy,
  discardResumableSession,
  disconnect,
  handleClose,
  handleDisconnect,
} from './disconnecting.js';
import { discardSince, reportDropped } from './gap-reports.js';
import { handlePongs, handleProgress, pollPing, setCanPing } from './liveness.js';
import { pause, resume } from './pausing.js';
import { receive, receiveBinary } from './receive.js';
import { subscribe, unsubscribe } from './subscribing.js';
import { handleLifecycle } from './suspension.js';
import { provideToken, refuseToken } from './token-renewal.js';

/** What the uplink of the driver calls. */
const UPLINK_CALLS = /** @type {const} */ ([
  handleOpen,
  discardResumableSession,
  handleClose,
  handleDisconnect,
  handlePongs,
  handleProgress,
  pollPing,
  setCanPing,
]);

/** What the driver calls. */
const DRIVER_CALLS = /** @type {const} */ ([
  abandon,
  reportDropped,
  pause,
  resume,
  receive,
  receiveBinary,
  handleLifecycle,
  ...UPLINK_CALLS,
]);

/** What the engine calls for the user. */
const USER_CALLS = /** @type {const} */ ([
  connect,
  destroy,
  disconnect,
  discardSince,
  subscribe,
  unsubscribe,
  provideToken,
  refuseToken,
]);

/** @typedef {typeof UPLINK_CALLS} UplinkCalls */

export { DRIVER_CALLS, USER_CALLS };
