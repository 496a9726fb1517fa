/** The session that is compared: the JavaScript session with everything that it can have. */

import { Messaging } from '../../../lib/engines/javascript/session/messaging.js';
import { Session as Core } from '../../../lib/engines/javascript/session/session.js';

class Session extends Core {
  constructor(config, random, now) {
    super({ ...config, Messaging }, random, now);
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
