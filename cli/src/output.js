/**
 * What a command prints: readable lines with colour on a terminal, NDJSON in a pipe or with
 * `--json`.
 */

/** Of colours, by name: the codes that begin and end them. */
const STYLES = { bold: [1, 22], dim: [2, 22], red: [31, 39], green: [32, 39], yellow: [33, 39], cyan: [36, 39] };

/** @typedef {keyof typeof STYLES} Style */

export class Output {
  /** @param {{ json?: boolean, color?: boolean }} options of the command */
  constructor({ json, color }) {
    this.isJson = json ?? !process.stdout.isTTY;
    this.#isColoured = color ?? hasColours();
    // `| head` closes the pipe once it has its lines: nothing is wrong then.
    process.stdout.on('error', (error) => {
      if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EPIPE') process.exit(0);
      throw error;
    });
  }

  #isColoured;

  /**
   * One line: the record as JSON, or the text for people.
   *
   * @param {object} record @param {string} text
   */
  line(record, text) {
    process.stdout.write(`${this.isJson ? JSON.stringify(record) : text}\n`);
  }

  /** For people alone, on standard error. @param {string} text */
  note(text) {
    if (!this.isJson) process.stderr.write(`${this.dim(text)}\n`);
  }

  /** JSON, indented for people. @param {unknown} value */
  value(value) {
    process.stdout.write(`${this.isJson ? JSON.stringify(value) : printable(JSON.stringify(value, null, 2))}\n`);
  }

  /** @param {Style} style @param {string} text */
  styled(style, text) {
    const [on, off] = STYLES[style];
    return this.#isColoured ? `\u001b[${on}m${text}\u001b[${off}m` : text;
  }

  /** @param {string} text */
  dim = (text) => this.styled('dim', text);
}

/** https://no-color.org and its counterpart. */
function hasColours() {
  if (process.env.NO_COLOR) return false;
  if (process.env.FORCE_COLOR) return process.env.FORCE_COLOR !== '0';
  return Boolean(process.stdout.isTTY) && process.env.TERM !== 'dumb';
}

/**
 * A peer's text without characters that a terminal would obey.
 *
 * @param {unknown} text
 */
export function printable(text) {
  // Line breaks stay: JSON for people has some.
  return String(text).replace(
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what must not be printed
    /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** JSON on one line, for a terminal. @param {unknown} value */
export const inline = (value) => printable(JSON.stringify(value));

/** The time of day of an instant, to the millisecond. @param {number} [at] Unix milliseconds */
export function timeOf(at = Date.now()) {
  const date = new Date(at);
  // An instant of a peer may be none that a date can have.
  if (Number.isNaN(date.getTime())) return '--:--:--.---';
  const two = (/** @type {number} */ value) => String(value).padStart(2, '0');
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':');
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** `1 event`, `2 events`. @param {number} count @param {string} noun @param {string} [plural] */
export const counted = (count, noun, plural = `${noun}s`) => `${count} ${count === 1 ? noun : plural}`;
