/** Compression of WebSocket messages, on both socket kinds. */

/** Compressing a smaller message costs more than it saves. */
const THRESHOLD = 128;

/**
 * The options of `send` for a text. `ws` minds its threshold only if messages do not refer to each
 * other.
 *
 * @param {string} text
 */
export function sendOptions(text) {
  return { compress: text.length >= THRESHOLD };
}

/**
 * The option `perMessageDeflate` of `ws` and of Engine.IO.
 *
 * @param {boolean} compression
 */
export function deflateOptions(compression) {
  return compression && { threshold: THRESHOLD };
}
