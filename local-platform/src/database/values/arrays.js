/**
 * Arrays as Postgres writes them: `{1,NULL,"a \"b\""}`, nested, with bounds before them if they do
 * not begin at 1. https://www.postgresql.org/docs/current/arrays.html#ARRAYS-IO
 */

/** @typedef {(text: string) => unknown} Decode */

/**
 * @param {string} text
 * @param {Decode} decode of an element
 * @param {string} [delimiter] between elements: `;` for `box`, `,` for every other type
 * @returns {unknown[]}
 */
export function parseArray(text, decode, delimiter = ',') {
  return new Reader(text, decode, delimiter).read();
}

class Reader {
  #text;
  #decode;
  #delimiter;
  #position;

  /** @param {string} text @param {Decode} decode @param {string} delimiter */
  constructor(text, decode, delimiter) {
    this.#text = text;
    this.#decode = decode;
    this.#delimiter = delimiter;
    // Bounds such as `[0:2]=` are not part of the value.
    this.#position = text.startsWith('[') ? text.indexOf('=') + 1 : 0;
  }

  /** @returns {unknown[]} */
  read() {
    const elements = [];
    this.#position += 1; // {
    while (this.#current !== '}') {
      if (this.#current === undefined) throw new Error('An array of Postgres ends too early.');
      if (this.#current === this.#delimiter) this.#position += 1;
      else elements.push(this.#element());
    }
    this.#position += 1;
    return elements;
  }

  get #current() {
    return this.#text[this.#position];
  }

  #element() {
    if (this.#current === '{') return this.read();
    if (this.#current === '"') return this.#decode(this.#quoted());
    const text = this.#plain();
    return text.toUpperCase() === 'NULL' ? null : this.#decode(text);
  }

  #quoted() {
    let text = '';
    this.#position += 1;
    while (this.#current !== '"') {
      if (this.#current === undefined) throw new Error('An array of Postgres ends too early.');
      if (this.#current === '\\') this.#position += 1;
      text += this.#current;
      this.#position += 1;
    }
    this.#position += 1;
    return text;
  }

  #plain() {
    const start = this.#position;
    while (this.#current !== undefined && this.#current !== this.#delimiter && this.#current !== '}') {
      this.#position += 1;
    }
    return this.#text.slice(start, this.#position);
  }
}
