/** What the user wants of a session now, as its calls have told. */

/**
 * @typedef {{ number: number, topic: string, filter?: string, returnMode?: string }} Subscription
 */

class Wishes {
  /** By id. @type {Map<string, Subscription>} */
  #subscriptions = new Map();
  /** @type {Set<string>} */
  #channels = new Set();
  /** @type {Set<string | null>} */
  #listens = new Set();
  #listensToMessages = false;

  /**
   * Notes a call that the session has made.
   *
   * @param {string} call
   * @param {any[]} args
   * @param {any} result
   */
  note(call, args, result) {
    switch (call) {
      case 'subscribe': {
        const [, topic, filter, returnMode] = args;
        this.#subscriptions.set(result, { number: Number(result.slice('sub_'.length)), topic, filter, returnMode });
        break;
      }
      case 'unsubscribe':
        this.#subscriptions.delete(args[0]);
        break;
      case 'joinChannel':
        this.#channels.add(args[1]);
        break;
      case 'leaveChannel':
        this.#channels.delete(args[1]);
        break;
      case 'listen':
        if (args[1]) this.#listens.add(args[0]);
        else this.#listens.delete(args[0]);
        break;
      case 'listenToMessages':
        this.#listensToMessages = args[0];
        break;
      case 'destroy':
        this.#subscriptions.clear();
        this.#channels.clear();
    }
  }

  /** The topics and channels, in a fixed order. */
  topics() {
    const topics = [...this.#subscriptions.values()].map(({ topic }) => topic);
    return [...new Set([...topics, ...this.#channels])].sort();
  }

  /** The members of a root. */
  root() {
    return {
      subscriptions: [...this.#subscriptions.values()],
      channels: [...this.#channels],
      listens: [...this.#listens],
      listensToMessages: this.#listensToMessages,
    };
  }
}

export { Wishes };
