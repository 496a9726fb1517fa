/** One operation for several observers. */

/** @import { Contexts, Kind, Observer, Operation } from './observer.js' */

/** @implements {Operation} */
class Operations {
  #each;

  /** @param {Operation[]} each in the order in which they began */
  constructor(each) {
    this.#each = each;
  }

  /**
   * @template Result
   * @param {() => Result} body
   * @returns {Result}
   */
  run(body) {
    let nested = body;
    for (const operation of this.#each) {
      const inner = nested;
      nested = () => operation.run(inner);
    }
    return nested();
  }

  /** @param {object} event */
  add(event) {
    for (const operation of this.#each) operation.add?.(event);
  }

  end() {
    for (const operation of this.#each) operation.end();
  }
}

/**
 * Begins an operation with all observers that want it.
 *
 * @template {Kind} Name
 * @param {readonly Observer[]} observers
 * @param {Name} kind
 * @param {Contexts[Name]} context
 * @returns {Operation | undefined} undefined when no observer wants it
 */
function begin(observers, kind, context) {
  const client = 'client' in context ? context.client : undefined;
  /** @type {Operation[]} */
  const operations = [];
  for (const observer of observers) {
    const operation = observer.wants(kind, client) ? observer.begin(kind, context) : undefined;
    if (operation !== undefined) operations.push(operation);
  }
  return operations.length > 1 ? new Operations(operations) : operations[0];
}

export { begin };
