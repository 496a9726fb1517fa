/**
 * The driver: connects a session to its uplink, its timer, its inbox and the life of the page.
 *
 * The session decides everything; the driver tells it what has happened, then does what it asks
 * for. Handlers of the user run only inside `onReady`, and that is called last, or in a later turn
 * where the user's own call has led here.
 */

import { keepUp } from '../../host/turns.js';
import { createClock } from './clock.js';
import { createInbox } from './inbox/inbox.js';
import { DRIVER_CALLS } from './session/calls.js';
import { Session } from './session/session.js';
import { createUplink } from './uplink.js';

/** @import { EngineConfig } from '../engine.js' */
/** @import { LifecycleSignal, LifecycleSource } from '../../../index.js' */
/** @import { SessionConfig } from './session/contract.js' */
/** @import { Endpoint } from './transport/transport.js' */

/**
 * What the driver needs of the runtime and of its owner.
 *
 * @typedef {object} Deps
 * @property {Endpoint} endpoint
 * @property {Pick<SessionConfig, 'Messaging' | 'firstCall'>} [features]
 * @property {(now?: number) => void} onReady
 * @property {LifecycleSource} [lifecycle]
 * @property {() => number} now a clock that never goes back
 * @property {() => number} unix the clock on the wall
 * @property {typeof import('#host').later} later
 * @property {typeof import('#host').cancel} cancel
 * @property {typeof import('#host').yieldTurn} yieldTurn
 * @property {() => number} random
 */

/** The longest delay of a timer. */
const MAX_DELAY = 0x7fff_ffff;
/** After a delay of this many milliseconds, a timer lets the frames that have arrived go first. */
const LATE = 10;
/** After a delay of this many milliseconds, the silence before it proves nothing. */
const VERY_LATE = 1000;
/** The most messages of one read that are received before the handlers get their events. */
const MAX_RUN = 16;
/** How many turns the handlers of other clients may take before those of this one. */
const MAX_GRACE_TURNS = 100;
/** A machine reaches itself without any network. */
const LOOPBACK = /^https?:\/\/(localhost|127\.[\d.]+|\[::1\])([:/]|$)/;

/** @typedef {ReturnType<typeof createDriver>} Driver */

/**
 * @param {EngineConfig} config
 * @param {Omit<SessionConfig, 'unixTime'>} sessionConfig
 * @param {Deps} deps
 */
function createDriver(config, sessionConfig, deps) {
  const { cancel, later, lifecycle, onReady, random, unix, yieldTurn } = deps;
  const { record } = config;
  const { hasJumped, latest, now, takeJump, unixTime } = createClock(
    record?.recorder.clock(deps.now) ?? deps.now,
    unix,
  );
  const session = new Session({ ...sessionConfig, unixTime }, random, now());
  const calls = record?.recorder.record(session, record) ?? DRIVER_CALLS;
  const [abandon, reportDropped, pause, resume, receive, receiveBinary, handleLifecycle, ...others] = calls;
  const inbox = createInbox(now(), config.inbox, config.coalesceMs ?? 0, (event) => session.wants(event));
  const uplink = createUplink(session, others, deps.endpoint, config.log, turn, handleMessage);
  /** The handlers have one more turn before a full inbox counts. */
  let isGraced = false;
  /** The bytes of the frames that belong to the next event. */
  let frameBytes = 0;
  /** How many events of one read wait for the next one. */
  let run = 0;
  /** @type {import('#host').Timer | undefined} */
  let timer;
  let timerAt = Infinity;
  /** Holds the process. @type {import('#host').Timer | undefined} */
  let hold;
  let isReferenced = true;
  /** @type {(() => void) | undefined} */
  let unsubscribe;

  /**
   * Runs a command of the user. Its notices come in a later turn: the user may add handlers until
   * then.
   *
   * @template T
   * @param {(session: Session, now: number) => T} run
   * @returns {T}
   */
  function command(run) {
    try {
      return run(session, now());
    } finally {
      serve();
      if (isWakeDue(now())) yieldTurn(onReady);
    }
  }

  /**
   * The runtime has called: no code of the user is waiting for a return, so handlers may run. They
   * run before the session hears that the inbox is full: most of the time it is not any more.
   *
   * @param {(now: number) => void} step
   */
  function turn(step) {
    for (const each of [step, serve]) {
      try {
        each(now());
      } catch (error) {
        fail(error);
      }
      if (isWakeDue(now())) onReady();
    }
  }

  /** A defect ends the connection, and not the process; the user may connect again. @param {unknown} error */
  function fail(error) {
    const report = { code: 'INTERNAL_ERROR', message: `the connection task failed: ${error}` };
    inbox.pushNotice(['error', report], 0);
    abandon(session, 'internal error');
    serve();
  }

  /**
   * A turn: nearly all of them are this one, and nearly all frames are events, which ask nothing of
   * the session. What a turn costs is shared by the events of one read.
   *
   * @param {string | Uint8Array} frame
   * @param {number} [bytes] see `LinkHandlers`
   * @param {boolean} [hasMore] see `LinkHandlers`
   */
  function handleMessage(frame, bytes, hasMore) {
    const at = run > 0 ? latest() : now();
    const { count } = session;
    const { eventsReceived } = count;
    try {
      const isText = typeof frame === 'string';
      frameBytes = frame.length + (isText ? 0 : frameBytes);
      const event = isText ? receive(session, at, frame, bytes) : receiveBinary(session, at, frame);
      if (event !== undefined) inbox.push(at, session.watermark, event, frameBytes);
      // Handlers that are fast enough must not lose events to a small inbox.
      if (hasMore && count.eventsReceived > eventsReceived && ++run < MAX_RUN && inbox.isLow()) return;
    } catch (error) {
      fail(error);
    }
    run = 0;
    if (isWakeDue(at)) onReady(at);
    // The handlers have yielded. What is read before they go on would only wait for them.
    if (inbox.isBehind()) {
      keepUp();
      uplink.rest();
    }
    const isAnswered = session.outputs.length === 0 && !session.link?.owesAnswer;
    if (count.eventsReceived > eventsReceived && inbox.isSettled() && isAnswered && !hasJumped())
      arm(session.deadline(), at);
    else turn(() => {});
  }

  /** @param {number} at */
  function isWakeDue(at) {
    const wakeAt = inbox.pollWake(at);
    if (wakeAt === undefined) return false;
    if (wakeAt > at) arm(wakeAt, at);
    return wakeAt <= at;
  }

  /** Does everything the session asks for. */
  function serve() {
    const at = now();
    const { outputs } = session;
    if (takeJump()) handleLifecycle(session, at, 'wake');
    do {
      uplink.report(at);
      serveInbox(at);
      for (let output = outputs.shift(); output; output = outputs.shift()) {
        if (output.kind === 'notice') inbox.pushNotice(output.item, JSON.stringify(output.item).length);
        else uplink.handleOutput(output);
      }
      uplink.flush(at);
    } while (outputs.length > 0);
    updateHold();
    arm(session.deadline(), at);
  }

  /**
   * Tells the session what the state of the inbox means for it.
   *
   * The runtime may pass on thousands of frames in one go, after a turn in which the thread was
   * busy. So the handlers get a turn of their own before a full inbox counts.
   *
   * @param {number} now
   * @param {boolean} [hadTurn] whether the handlers had that turn
   */
  function serveInbox(now, hadTurn = false) {
    const missed = inbox.takeMissed(now);
    if (missed)
      reportDropped(session, missed.since, missed.until, missed.count, (/** @type {string} */ topic) =>
        missed.concerns(topic),
      );
    const wasFull = inbox.isFull;
    if (!hadTurn && inbox.mayStillBeTaken()) return graceOnce();
    if (inbox.updateFull() === wasFull) return;
    if (wasFull) return resume(session, now);
    const { count, bytes } = inbox.depth();
    pause(session, now, count, bytes);
    // There is no pause that the link could make: the session ends it.
    session.handleTimeout(now);
  }

  function graceOnce() {
    if (isGraced) return;
    isGraced = true;
    let { eventsDelivered } = inbox.count;
    let turns = 0;
    // Handlers that wait for a turn wait for one that comes before this one, unless other clients
    // come first.
    const end = () => {
      const taken = inbox.count.eventsDelivered - eventsDelivered;
      const hadTurn = taken > 0 || ++turns >= MAX_GRACE_TURNS;
      // A turn is short. Handlers that took much of the rest get another one.
      const isFast = taken * 4 >= inbox.depth().count;
      if ((isFast || !hadTurn) && inbox.mayStillBeTaken()) {
        eventsDelivered += taken;
        return yieldTurn(end);
      }
      isGraced = false;
      turn((now) => serveInbox(now, true));
    };
    yieldTurn(end);
  }

  /** Sets the timer, unless it is due before that anyway. @param {number} at @param {number} now */
  function arm(at, now) {
    if (at >= timerAt) return;
    cancel(timer);
    timerAt = at;
    timer = later(handleTimer, Math.min(Math.max(0, Math.ceil(at - now)), MAX_DELAY), false);
  }

  /**
   * The only place where deadlines are judged: anywhere else a handler may have kept the thread
   * busy, and the frames that have arrived in the meantime were not read.
   */
  function handleTimer() {
    const late = now() - timerAt;
    timerAt = Infinity;
    const expire = () =>
      turn((now) => {
        if (late >= VERY_LATE) handleLifecycle(session, now, 'wake');
        session.handleTimeout(now);
      });
    // The thread was busy, the tab throttled or the machine asleep. What has arrived goes first.
    if (late < LATE) expire();
    else yieldTurn(expire);
  }

  /** Holds the process, and follows the life of the page, while there is something to do. */
  function updateHold() {
    const isIdle = session.isIdle() && uplink.isIdle() && !inbox.hasUnreportedDrops();
    const holds = isReferenced && !isIdle;
    if (holds !== (hold !== undefined)) {
      cancel(hold);
      hold = holds ? later(renewHold, MAX_DELAY) : undefined;
    }
    if (isIdle) {
      cancel(timer);
      timerAt = Infinity;
      unsubscribe?.();
      unsubscribe = undefined;
    } else if (!unsubscribe && lifecycle) {
      unsubscribe = () => {};
      unsubscribe = lifecycle.subscribe(handleSignal);
    }
  }

  function renewHold() {
    hold = undefined;
    updateHold();
  }

  /** @param {LifecycleSignal} signal */
  function handleSignal(signal) {
    if (/line$/.test(signal) && LOOPBACK.test(config.url)) return;
    command((_, now) => handleLifecycle(session, now, signal));
  }

  return {
    session,
    inbox,
    now,
    latest,
    command,

    /** The transport of the link. */
    transport: uplink.transport,

    /** The user has taken an item: there may be room again. */
    handleDrain() {
      if (inbox.isAwaited()) command(() => {});
    },

    /** Whether the process waits for this driver. @param {boolean} isHeld */
    hold(isHeld) {
      isReferenced = isHeld;
      uplink.hold(isHeld);
      updateHold();
    },
  };
}

export { createDriver };
