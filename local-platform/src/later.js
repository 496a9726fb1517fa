/**
 * Values that may come later. A platform on its own answers at once, and nothing comes between a
 * request and its answer. One that asks Redis or Postgres answers later.
 */

/**
 * Uses a value as soon as it is there: now, or when its promise is fulfilled.
 *
 * @template T
 * @template [R=T]
 * @param {T | Promise<T>} value
 * @param {((value: T) => R | Promise<R>) | undefined} use default: returns it
 * @param {(error: unknown) => R | Promise<R>} [refuse] only for promises
 * @returns {R | Promise<R>}
 */
export function later(value, use, refuse) {
  if (isLater(value)) return value.then(use ?? ((settled) => /** @type {any} */ (settled)), refuse);
  return use ? use(value) : /** @type {any} */ (value);
}

/** @template T @param {T | Promise<T>} value @returns {value is Promise<T>} */
export const isLater = (value) => value instanceof Promise;
