/** See `refusal.node.js` and `refusal.web.js`. */

import type { Refusal } from '../refusal.js';

export function readRefusal(payload: unknown): Refusal | Promise<Refusal>;
/** Reads all further refusals at once. */
export function knowRefusals(readNow: (payload: unknown) => Refusal): void;
