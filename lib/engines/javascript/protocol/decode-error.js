/**
 * Why a message of the peer cannot be read. It is thrown inside the codec, which returns it. Not an
 * Error: a flood of bad messages should not pay for stacks.
 */
class DecodeError {
  /** Tells it from the meanings of a frame. @type {'unreadable'} */
  kind = 'unreadable';

  /**
   * @param {string} message it holds at most one character that the peer sent
   * @param {string} [code]
   */
  constructor(message, code = 'PROTOCOL_ERROR') {
    this.message = message;
    this.code = code;
  }
}

/**
 * The first character is not a type of packet.
 *
 * @param {string} text
 * @param {string} empty what is wrong if there is no character
 * @param {string} unknown what is wrong if there is one
 */
function badType(text, empty, unknown) {
  return new DecodeError(text === '' ? empty : `${unknown} '${String.fromCodePoint(Number(text.codePointAt(0)))}'`);
}

export { badType, DecodeError };
