/**
 * Why `fetch` rejects. It throws a TypeError for everything: `no-answer.node.js` reads the words of
 * Node, Bun and Deno; `no-answer.web.js` asks the server again, since browsers tell no reason.
 * `#no-answer` in `lib/package.json` chooses.
 */

import type { Ended } from './failure.js';

/** The server did not answer. */
export function noAnswer(error: unknown, url: string): Ended;
/** Why the connection broke within an answer. */
export function causeOf(error: unknown): string;
