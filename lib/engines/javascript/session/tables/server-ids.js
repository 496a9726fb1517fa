/**
 * The server's ids of subscriptions: any JSON but `null`, sent back as it came. An id is its JSON
 * text here, so that ids with the same meaning are equal.
 */

/** An integer of more digits than a number holds, or one in another form. */
const SOURCE = /"subscriptionId"\s*:\s*(-?\d[\d.eE+-]*)/g;

/**
 * @param {unknown} value as `JSON.parse` returns it
 * @param {string} text the packet that contains it: numbers beyond 2^53 are only there exact
 * @returns {string | undefined}
 */
function readServerId(value, text) {
  if (value === undefined || value === null) return undefined;
  if (typeof value === 'number' && !Number.isSafeInteger(value))
    for (const [, source] of text.matchAll(SOURCE)) if (Number(source) === value) return source;
  return JSON.stringify(value);
}

export { readServerId };
