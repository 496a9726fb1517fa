/**
 * What the shared code needs of the runtime: `node.js` and `web.js` each have all of it, and
 * `#host` in `lib/package.json` chooses between them.
 */

/** What {@link later} returns and {@link cancel} takes. */
export type Timer = object | number;

/** Milliseconds since some moment; the clock never goes back. */
export function now(): number;
/**
 * Calls back after `milliseconds`. By default the process waits for that; with
 * `holdsProcess: false` it may end before.
 */
export function later(callback: () => void, milliseconds: number, holdsProcess?: boolean): Timer;
export function cancel(timer: Timer | undefined): void;
/** Calls back after other timers and I/O had their turn. */
export function yieldTurn(callback: () => void): void;
/**
 * Reports an error of the user's code as uncaught, with its own stack, without stopping anything
 * here.
 */
export function report(error: unknown): void;
/** Warns the developer: a text becomes a `RealtimeWarning`. */
export function warn(warning: string | Error, about?: { code: string; detail?: string }): void;
/** A random UUID. */
export function randomId(): string;
/** The UTF-8 form of a text, and its length in bytes. */
export function utf8(text: string): Uint8Array;
export function utf8Length(text: string): number;
/** The same bytes as the type that the runtime's users expect: a Buffer on Node. */
export function asBytes(bytes: Uint8Array): Uint8Array;
