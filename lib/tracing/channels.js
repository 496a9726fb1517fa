/**
 * Publishes to the channels of `node:diagnostics_channel`. An operation publishes as Node's own
 * `tracePromise` does: `start` and `end` around its synchronous part, then `asyncStart` and
 * `asyncEnd` when it has ended, with `error` before them if it failed. So `asyncEnd` is the end of
 * every operation.
 */

/** @import { Channel, TracingChannel } from 'node:diagnostics_channel' */
/** @import { Contexts, Kind, Messages, Observer, Operation } from './observer.js' */

/** @implements {Operation} */
class ChannelOperation {
  #channel;
  #context;

  /** @param {TracingChannel<any, any>} channel @param {object} context */
  constructor(channel, context) {
    this.#channel = channel;
    this.#context = context;
  }

  /**
   * @template Result
   * @param {() => Result} body
   * @returns {Result}
   */
  run(body) {
    try {
      return this.#channel.start.runStores(this.#context, body);
    } finally {
      this.#channel.end.publish(this.#context);
    }
  }

  end() {
    const { error, asyncStart, asyncEnd } = this.#channel;
    if (Object.hasOwn(this.#context, 'error')) error.publish(this.#context);
    asyncStart.publish(this.#context);
    asyncEnd.publish(this.#context);
  }
}

/** @implements {Observer} */
class ChannelObserver {
  #operations;
  #messages;

  /**
   * @param {Record<Exclude<Kind, 'batch'>, TracingChannel<any, any>>} operations
   * @param {Record<keyof Messages, Channel<any, any>>} messages
   */
  constructor(operations, messages) {
    this.#operations = operations;
    this.#messages = messages;
  }

  /** @param {Kind | keyof Messages} kind */
  wants(kind) {
    if (kind === 'batch') return false;
    if (kind === 'gap' || kind === 'slow' || kind === 'drop') return this.#messages[kind].hasSubscribers;
    const { start, end, asyncStart, asyncEnd, error } = this.#operations[kind];
    return [start, end, asyncStart, asyncEnd, error].some(({ hasSubscribers }) => hasSubscribers);
  }

  /**
   * @template {Kind} Name
   * @param {Name} kind
   * @param {Contexts[Name]} context
   */
  begin(kind, context) {
    if (kind === 'batch') return undefined;
    const operation = new ChannelOperation(this.#operations[/** @type {Exclude<Kind, 'batch'>} */ (kind)], context);
    if (kind === 'connect') operation.run(() => {});
    return operation;
  }

  /**
   * @template {keyof Messages} Name
   * @param {Name} kind
   * @param {Messages[Name]} message
   */
  notify(kind, message) {
    this.#messages[kind].publish(message);
  }
}

export { ChannelObserver };
