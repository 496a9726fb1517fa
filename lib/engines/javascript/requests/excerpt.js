/**
 * What an error shows of a body that the client does not understand: a few words, without tags or
 * binary data. The counterpart of `src/rest/response/excerpt.rs` and
 * `src/transport/http/body_text.rs`.
 */

/** How many characters of a body, and of the title of an HTML page, an error shows. */
const MAX_EXCERPT = 120;
const MAX_TITLE = 80;
/** How many bytes of an HTML page are searched for its title. */
const MAX_TITLE_SEARCH_BYTES = 4096;

const lossy = new TextDecoder();

/** The first characters of a text. @param {string} text @param {number} limit */
function startOf(text, limit) {
  // A character has at most two units.
  return Array.from(text.slice(0, 2 * limit))
    .slice(0, limit)
    .join('');
}

/**
 * Describes a body that is not JSON.
 *
 * @param {string} contentType
 * @param {Uint8Array} body
 */
function describe(contentType, body) {
  const start = lossy.decode(body.subarray(0, MAX_TITLE_SEARCH_BYTES));
  if (isHtml(contentType, start)) {
    const [, text = ''] = /<title[^>]*>([^<]*)/i.exec(start) ?? [];
    const title = startOf(text.replace(/\s+/g, ' ').trim(), MAX_TITLE);
    return `an HTML page${title && ` "${title}"`}`;
  }
  return `a body that is not JSON (${startOf(contentType, MAX_EXCERPT) || 'no content type'}): ${excerpt(body)}`;
}

/** Some servers label every body as HTML. @param {string} contentType @param {string} start */
function isHtml(contentType, start) {
  const text = start.trimStart();
  if (/html/i.test(contentType)) return text.startsWith('<');
  return (/^<[a-z!]/i.test(text) && !/xml/i.test(contentType)) || /<html/i.test(text);
}

/** The beginning of a text, or the size of a binary body. @param {Uint8Array} body */
function excerpt(body) {
  // A character has at most four bytes.
  const start = lossy.decode(body.subarray(0, 4 * MAX_EXCERPT));
  const odd = start.match(/[^\t\n\f\r\P{Cc}]|\ufffd/gu) ?? [];
  return 4 * odd.length > Array.from(start).length
    ? `${body.length} bytes of binary data`
    : startOf(start, MAX_EXCERPT);
}

export { describe, excerpt, startOf };
