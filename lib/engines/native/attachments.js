/**
 * Puts the attachments of a binary event into their places. Socket.IO sends every Buffer
 * separately, and leaves `{ "_placeholder": true, "num": n }` where it was.
 */

import { own } from '../../own.js';

/**
 * @template {object} Event
 * @param {Event} event changed in place
 * @param {readonly string[]} attachments base64
 * @returns {Event}
 */
function restoreAttachments(event, attachments) {
  const buffers = attachments.map((text) => Buffer.from(text, 'base64'));
  // Not recursive: the server decides how deep an event is.
  /** @type {any[]} */
  const pending = [event];
  while (pending.length > 0) {
    const parent = pending.pop();
    for (const key of Object.keys(parent)) {
      const value = parent[key];
      if (typeof value !== 'object' || value === null) continue;
      const bytes = own(value, '_placeholder') === true ? buffers[own(value, 'num')] : undefined;
      if (Buffer.isBuffer(bytes)) parent[key] = bytes;
      else pending.push(value);
    }
  }
  return event;
}

export { restoreAttachments };
