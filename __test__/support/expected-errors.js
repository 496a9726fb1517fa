/**
 * Errors that a TypeScript program must have: `// @ts-expect-error TS2322: a part of the message`
 * in front of a line. The compiler alone would accept any error there, so the comment is taken away
 * and each error is compared with what the comment says. `TS2345|TS2741` is either, as
 * versions of the compiler differ.
 */

const EXPECTED = /@ts-expect-error ((?:TS\d+\|?)+): (.+)$/;
const ANY = '@ts-expect-error';
const ERROR = /^(.+?)\((\d+),\d+\): error (TS\d+): /;

class ExpectedErrors {
  /** @type {Map<string, { code: string, text: string }>} by file and line */
  #expected = new Map();

  get count() {
    return this.#expected.size;
  }

  /**
   * Notes the expectations of a program, and returns the program without them.
   *
   * @param {string} file
   * @param {string} source
   */
  take(file, source) {
    const lines = source.split('\n').map((line, index) => {
      if (!line.includes(ANY)) return line;
      const [, code, text] = line.match(EXPECTED) ?? [];
      if (code === undefined) throw new Error(`${file}(${index + 1}): say which error is expected: ${line.trim()}`);
      this.#expected.set(`${file}(${index + 2})`, { code, text });
      return line.replace(ANY, 'expected');
    });
    return lines.join('\n');
  }

  /**
   * Compares the compiler's output with the expectations.
   *
   * @param {string} output
   * @returns {string[]} what differs
   */
  differences(output) {
    const missing = new Map(this.#expected);
    const differences = [];
    // The lines of a message that begin with spaces belong to the error above them.
    for (const report of output.split(/\n(?! )/).filter((each) => each.trim() !== '')) {
      const [, file, line, code] = report.match(ERROR) ?? [];
      const place = `${file}(${line})`;
      const expected = missing.get(place);
      missing.delete(place);
      if (expected === undefined) differences.push(`not expected: ${report}`);
      else if (!expected.code.split('|').includes(code) || !report.includes(expected.text))
        differences.push(`expected ${expected.code}: ${expected.text}\nbut found ${report}`);
    }
    for (const [place, { code, text }] of missing) differences.push(`${place}: no error, expected ${code}: ${text}`);
    return differences;
  }
}

export { ExpectedErrors };
