/**
 * The secrets of one client on a page, and the search for them in a text, with less code than
 * `node.js`: the user of a page can see all that it sends, and there is no proxy.
 *
 * The search finds any 8 consecutive characters of a token, since a text may be cut at either end,
 * and values of headers as a whole. It does not look into the escapes and encodings of a text.
 */

/** @import { EngineConfig } from '../../engines/engine.js' */

/** The shortest piece of a token that is hidden. */
const MIN_PIECE = 8;
/** The shortest header value that is hidden. */
const MIN_VALUE = 4;
/** Headers that say what the client is and accepts. Texts of HTTP are full of their words. */
const DESCRIPTIVE_HEADER = /^(accept(-\w+)?|cache-control|content-type|origin|user-agent)$/i;

class Secrets {
  #token;
  #values;

  /** @param {Pick<EngineConfig, 'token' | 'headers'>} config */
  constructor({ token = '', headers = {} }) {
    this.#token = token;
    this.#values = Object.keys(headers)
      .filter((name) => headers[name].length >= MIN_VALUE && !DESCRIPTIVE_HEADER.test(name))
      .map((name) => headers[name]);
  }

  /**
   * @param {string} text
   * @param {readonly string[]} recent tokens
   */
  hideIn(text, recent) {
    const shown = this.#values.reduce((rest, value) => rest.replaceAll(value, '[header]'), text);
    return hidePieces(shown, [this.#token, ...recent]);
  }
}

/** @param {string} text @param {readonly string[]} tokens */
function hidePieces(text, tokens) {
  const isHidden = (/** @type {number} */ at) => {
    const piece = text.slice(at, at + MIN_PIECE);
    return piece.length === MIN_PIECE && tokens.some((token) => token.includes(piece));
  };
  let shown = '';
  for (let at = 0; at < text.length; ) {
    let end = at;
    while (isHidden(end)) end += 1;
    shown += end > at ? '[token]' : text[at];
    at = end > at ? end + MIN_PIECE - 1 : at + 1;
  }
  return shown;
}

export { Secrets };
