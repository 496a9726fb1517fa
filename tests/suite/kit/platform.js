/** A local platform in the process of the stage, called over HTTP. */

export class RemotePlatform {
  #calls;

  /** @param {{ url: string, calls: string, token: string }} platform */
  constructor({ url, calls, token }) {
    this.url = url;
    this.#calls = calls;
    this.token = token;
  }

  /**
   * Calls a function of the platform, such as `faults.dropAll`; `tests/suite/stage/calls.js` lists
   * them.
   *
   * @param {string} name
   * @param {unknown[]} args JSON values
   */
  async call(name, ...args) {
    const response = await fetch(`${this.#calls}/${name}`, { method: 'POST', body: JSON.stringify(args) });
    const answer = await response.json();
    if (!response.ok) throw new Error(`platform.${name}: ${answer.message}`);
    return answer.result;
  }
}
