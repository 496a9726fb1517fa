/**
 * Loads what checks with schemas: `node.js` and `web.js` each do, and `#checks` in
 * `lib/package.json` chooses between them.
 */

/** Rejects with a RealtimeError where it could not be loaded. */
export function loadChecks(): Promise<typeof import('../checks.js')>;
