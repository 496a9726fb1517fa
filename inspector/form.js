/** Forms: their values, and what a failed action says. */

import { changed, notify } from './state.js';

/**
 * A handler of `submit` that calls the function with the fields' texts.
 *
 * @param {(values: Record<string, string>, form: HTMLFormElement) => unknown} act
 */
export const onSubmit = (act) => (/** @type {SubmitEvent} */ event) => {
  event.preventDefault();
  const form = /** @type {HTMLFormElement} */ (event.currentTarget);
  const values = Object.fromEntries(Array.from(new FormData(form), ([name, value]) => [name, String(value)]));
  return attempt(() => act(values, form));
};

/** Calls the function, and shows why it failed. @param {() => unknown} act */
export async function attempt(act) {
  try {
    await act();
  } catch (error) {
    notify(error instanceof Error ? error.message : String(error));
  }
  changed();
}

/** @param {string} text @param {string} name of the field @returns {any} */
export function parseJson(text, name) {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new Error(`${name} is not JSON: ${error instanceof Error ? error.message : error}`);
  }
}

/** A time of the day. @param {number} time */
export const clock = (time) => new Date(time).toTimeString().slice(0, 8);

/** @param {number} count @param {string} what */
export const counted = (count, what) => `${count} ${what}${count === 1 ? '' : 's'}`;

/** @param {unknown} value */
export const pretty = (value) => JSON.stringify(value, null, 2) ?? '';
