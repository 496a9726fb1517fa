/**
 * Why a message of the peer cannot be read. It is thrown inside the codec, which returns it: not an
 * Error, because a flood of bad messages should not pay for stacks.
 */
class DecodeError {
  /** So that a session can tell it from the meanings of a frame. @type {'unreadable'} */
  kind = 'unreadable';

  /** @param {string} message @param {string} [code] */
  constructor(message, code = 'PROTOCOL_ERROR') {
    this.message = message;
    this.code = code;
  }
}

export { DecodeError };
