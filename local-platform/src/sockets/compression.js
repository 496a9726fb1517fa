/** Compression of WebSocket messages, on both socket kinds. */

/** Compressing a smaller message costs more than it saves. */
const THRESHOLD = 128;

/**
 * The option `perMessageDeflate` of `ws` and of Engine.IO.
 *
 * @param {boolean} compression
 */
export function deflateOptions(compression) {
  return compression && { threshold: THRESHOLD };
}
