/**
 * The events of this process, for the pages that are open. Next.js loads a module once for each
 * route, so what routes share is in globalThis.
 */

globalThis.received ??= {
  /** @type {Set<(event: object) => void>} */
  followers: new Set(),
  add(event) {
    for (const follower of this.followers) follower(event);
  },
};

export const { received } = globalThis;
