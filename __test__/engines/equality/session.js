/**
 * The session that is compared: the JavaScript session with everything that it can have, and with
 * what only the driver of the Rust session calls.
 */

import { Messaging } from '../../../lib/engines/javascript/session/messaging.js';
import { Session as Core } from '../../../lib/engines/javascript/session/session.js';

class Session extends Core {
  constructor(config, random, now) {
    super({ ...config, Messaging }, random, now);
  }

  deadline() {
    const at = super.deadline();
    return at === Infinity ? undefined : at;
  }

  /** This driver knows of bytes only when a frame is whole. */
  handleBytes(now) {
    this.link?.heartbeat.handleBytes(now);
  }

  /** This driver cannot stop to read a link. */
  handleReadToEnd() {
    if (this.link) this.link.unreadSince = undefined;
  }

  emit(now, message) {
    return this.messaging.emit(now, message);
  }

  joinChannel(now, name) {
    return this.messaging.joinChannel(now, name);
  }

  leaveChannel(now, name) {
    return this.messaging.leaveChannel(now, name);
  }

  outboxDepth() {
    const { outbox } = this.messaging;
    return { messages: outbox.len(), bytes: outbox.bytes() };
  }
}

export { Session };
