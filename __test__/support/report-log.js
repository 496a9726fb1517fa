/** Records the reports of emitters, in order, with promises for later reports. */

import { inspect } from 'node:util';

/** How long a test waits for a report that should arrive at once. */
const TIMEOUT = 15_000;

class ReportLog {
  #entries = [];
  #waiting = new Set();

  /**
   * @param {{ on(name: string, handler: (data: any) => void): void }} emitter
   * @param {readonly string[]} names
   */
  follow(emitter, names) {
    for (const name of names) {
      emitter.on(name, (data) => {
        this.#entries.push({ name, data });
        for (const check of this.#waiting) check();
      });
    }
  }

  /** The reports of a name so far. */
  all(name) {
    return this.#entries.filter((entry) => entry.name === name).map(({ data }) => data);
  }

  /** The `count`th report of a name that meets the condition, past or future. */
  seen(name, condition = () => true, count = 1) {
    return new Promise((resolve, reject) => {
      const overdue = () => {
        const last = inspect(this.#entries.slice(-20), { depth: 3 });
        reject(new Error(`no such '${name}' within ${TIMEOUT} ms, but: ${last}`));
      };
      const deadline = setTimeout(overdue, TIMEOUT);
      const check = () => {
        const found = this.all(name).filter(condition)[count - 1];
        if (found === undefined) return;
        clearTimeout(deadline);
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }
}

export { ReportLog };
