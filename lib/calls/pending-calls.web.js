/**
 * What waits for the outcomes of calls, by their numbers. A page does not make so many calls that a
 * Map would matter, see `pending-calls.node.js`, and pays for every byte.
 */

/**
 * @template Call
 * @extends {Map<number, Call>}
 */
class PendingCalls extends Map {
  /** @param {number} number @param {Call} call */
  add(number, call) {
    this.set(number, call);
  }

  /** @param {number} number @returns {Call | undefined} */
  take(number) {
    const call = this.get(number);
    this.delete(number);
    return call;
  }

  /** @returns {[number, Call][]} */
  takeAll() {
    const all = [...this];
    this.clear();
    return all;
  }
}

export { PendingCalls };
