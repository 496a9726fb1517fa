/** Records what an emitter reports, in order, with promises for later reports. */

export class Log {
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
    return this;
  }

  /** The reports of a name so far. */
  all(name) {
    return this.#entries.filter((entry) => entry.name === name).map(({ data }) => data);
  }

  /** The `count`th report of a name that meets the condition, past or future. */
  seen(name, condition = (_data) => true, count = 1) {
    return new Promise((resolve) => {
      const check = () => {
        const found = this.all(name).filter(condition)[count - 1];
        if (found === undefined) return;
        this.#waiting.delete(check);
        resolve(found);
      };
      this.#waiting.add(check);
      check();
    });
  }

  /** The last reports as text, for the message of a case that took too long. */
  describe() {
    const texts = this.#entries.slice(-10).map(({ name, data }) => {
      const { code, message, state, reason } = data;
      return `${name} ${code ? `${code} ${message}` : (JSON.stringify({ state, reason, id: data.id }) ?? '')}`;
    });
    return texts.join('; ') || 'nothing';
  }
}
