/**
 * The uplink: connects a session to its server, over one link at a time. It dials, tells the
 * session what happens to the link, sends the frames of the session, and closes the link.
 */

import { handleRefusal } from './session/disconnecting.js';

/** @import { EngineConfig } from '../engine.js' */
/** @import { UplinkCalls } from './session/calls.js' */
/** @import { HangUp, Token } from './session/contract.js' */
/** @import { Session } from './session/session.js' */
/** @import { Endpoint, Link, LinkHandlers } from './transport/transport.js' */

/** The WebSocket close code of an orderly close. */
const NORMAL_CLOSURE = 1000;

/**
 * @param {Session} session
 * @param {UplinkCalls} calls
 * @param {Endpoint} endpoint
 * @param {EngineConfig['log']} log
 * @param {(step: (now: number) => void) => void} turn runs a step, and then serves the session
 * @param {LinkHandlers['onMessage']} handleMessage
 */
function createUplink(session, calls, endpoint, log, turn, handleMessage) {
  const [
    handleOpen,
    discardResumableSession,
    handleClose,
    handleDisconnect,
    handlePongs,
    handleProgress,
    pollPing,
    setCanPing,
  ] = calls;
  /** The link, once it is open. @type {Link | undefined} */
  let link;
  /** Cancels the dial under way. @type {(() => void) | undefined} */
  let cancelDial;
  let isClosing = false;
  /** The server's refusal is being read. @type {Promise<void> | undefined} */
  let refusing;
  /** The session asked for a dial while the former link was still closing. */
  let dialNext = false;
  /** The token that the link knows. @type {Token | undefined} */
  let token;
  /** Whether the process waits for the link. */
  let isReferenced = true;

  /** @type {LinkHandlers['onMessage']} */
  function logMessage(frame, bytes, hasMore) {
    log?.('received', frame);
    handleMessage(frame, bytes, hasMore);
  }

  /** @type {LinkHandlers} */
  const handlers = {
    onOpen: (opened) =>
      turn((now) => {
        cancelDial = undefined;
        link = opened;
        log?.('link open', link.transport);
        link.hold(isReferenced);
        notePings(link, now);
        handleOpen(session, now);
      }),
    onMessage: log ? logMessage : handleMessage,
    // A WebSocket that has replaced long-polling holds the process again.
    onProgress: () => turn(() => link?.hold(isReferenced)),
    onLost: ({ reason, error, isCutOff, isPlainClose }) => {
      if (refusing !== undefined)
        void refusing.then(() => {
          // Many servers close the link behind the refusal.
          if (link) handlers.onLost({ reason, error, isCutOff, isPlainClose });
        });
      else
        turn((now) => {
          log?.(link ? 'link lost' : 'dial failed', reason);
          cancelDial = link = undefined;
          if (isCutOff) discardResumableSession(session);
          if (isPlainClose) handleClose(session, now, reason);
          else handleDisconnect(session, now, reason, error);
        });
    },
  };

  /** Tells the session which pings the link carries. @param {Link} link @param {number} now */
  function notePings({ transport, canPing }, now) {
    setCanPing(session, now, transport === 'websocket', canPing);
  }

  /** Whether there is no link, and none is being dialled or closed. */
  function isIdle() {
    return !link && !cancelDial && !isClosing;
  }

  function dial() {
    if (!dialNext || !isIdle()) return;
    const newest = session.tokens.present();
    if (!newest) return;
    token = newest;
    dialNext = false;
    cancelDial = endpoint.dial(token.text, handlers);
  }

  /** @param {HangUp} output */
  function hangUp({ farewell, orderly, code = NORMAL_CLOSURE }) {
    const former = link;
    cancelDial?.();
    cancelDial = link = undefined;
    dialNext = false;
    if (!orderly) return former?.drop();
    const closed = former?.close(code, '', farewell);
    // The next link does not wait for the peer of one that the page has put away.
    if (!closed || code !== NORMAL_CLOSURE) return;
    isClosing = true;
    void closed.then(() =>
      turn(() => {
        isClosing = false;
      }),
    );
  }

  /**
   * Sends the frames of the session as far as the link accepts them.
   *
   * @param {Link} link
   * @param {number} now
   */
  function write(link, now) {
    if (session.link?.heartbeat.isPingDue) {
      // No other frame may precede the ping: it would delay the reply.
      if (!link.isWritten) return;
      handleProgress(session, now, link.written, link.arrived);
      const ping = pollPing(session, now);
      if (ping?.text !== undefined) link.send(ping.text);
      else if (ping) link.ping();
    }
    while (link.isReady) {
      const frame = session.pollFrame(now);
      if (frame === undefined) return;
      log?.('sent', frame);
      link.send(frame);
    }
  }

  return {
    /** The transport of the link. */
    transport: () => link?.transport ?? null,

    isIdle,

    /** Tells the session how far the link is. @param {number} now */
    report(now) {
      if (!link) return;
      handleProgress(session, now, link.written, link.arrived);
      handlePongs(session, now, link.pongs);
      notePings(link, now);
      const newest = session.tokens.newest;
      if (newest !== token && newest) link.setToken(newest.text);
      token = newest;
    },

    /**
     * Does what the session asks for.
     *
     * @param {Exclude<Session['outputs'][number], { kind: 'notice' }>} output
     */
    handleOutput(output) {
      if (output.kind === 'dial') dialNext = true;
      else if (output.kind === 'hangUp') hangUp(output);
      else {
        const former = link;
        refusing = output.refusal.then((read) => {
          refusing = undefined;
          if (link && link === former) turn((now) => handleRefusal(session, now, read));
        });
      }
    },

    /** Dials if the session has asked for it, and sends its frames. @param {number} now */
    flush(now) {
      dial();
      if (link) write(link, now);
    },

    /** Stops reading for a turn, see {@link Link.rest}. */
    rest() {
      link?.rest?.();
    },

    /** Whether the process waits for the link. @param {boolean} isHeld */
    hold(isHeld) {
      isReferenced = isHeld;
      link?.hold(isHeld);
    },
  };
}

export { createUplink };
