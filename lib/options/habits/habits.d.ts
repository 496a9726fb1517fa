/**
 * What people write who know another client: names of options and events, forms of addresses and
 * filters. `node.js` has our word for each; `web.js` has none, since a page pays for every byte:
 * there the errors and warnings list what is known. `#habits` in `lib/package.json` chooses between
 * them.
 *
 * Each function returns sentences, or undefined where it has no advice.
 */

/** An option that does not exist. */
export function optionAdvice(name: string, known: readonly string[]): string | undefined;
/**
 * An event that does not exist.
 *
 * @param names the events that exist
 * @param prefix before a topic or channel, such as `event:`
 */
export function eventAdvice(name: unknown, names: readonly string[], prefix: string): string | undefined;
/** An address that is not absolute, or not one of HTTP. It may hold a secret. */
export function urlAdvice(url: unknown): string | undefined;
/** A value that is not a token. */
export function tokenAdvice(token: unknown): string | undefined;
/** A condition of a filter, of a wrong form. */
export function conditionAdvice(condition: unknown): string | undefined;
