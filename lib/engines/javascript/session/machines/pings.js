/**
 * The application pings of one link, and what their answers prove: when an answer comes, the
 * server has received everything that we wrote before the ping, and we have received everything
 * that the server sent before we sent the ping.
 */

/**
 * What the answer to a ping proves: everything that the server sent before `at` has come, and
 * `written` of our bytes have reached the server.
 *
 * @typedef {{ at: number, written: number }} Mark
 */

/**
 * The pings and answers of one link. Answers come in the order of the pings, but do not name them:
 * they are counted.
 */
class Pings {
  #sent = 0;
  #answered = 0;
  /**
   * The number and mark of the ping whose answer is the next proof.
   *
   * @type {{ number: number, mark: Mark } | undefined}
   */
  #marked;

  /** A ping is about to be sent. @param {Mark} mark */
  handleSent(mark) {
    this.#sent += 1;
    this.#marked ??= { number: this.#sent, mark };
  }

  /**
   * An answer has come; returns what it proves. A server that leaves some pings unanswered proves
   * less; the count never exceeds the number of pings.
   */
  handleAnswer() {
    this.#answered = Math.min(this.#answered + 1, this.#sent);
    const marked = this.#marked;
    if (marked === undefined || marked.number > this.#answered) return undefined;
    this.#marked = undefined;
    return marked.mark;
  }

  /** Whether the server still owes an answer. */
  get isPending() {
    return this.#answered < this.#sent;
  }
}

export { Pings };
