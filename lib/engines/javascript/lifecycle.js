/**
 * The life of a page as a few signals: in the back/forward cache and back, frozen and resumed,
 * hidden and visible, offline and online.
 *
 * | the runtime says | signal |
 * |---|---|
 * | `pagehide` with `persisted` | `suspend` |
 * | `pageshow` with `persisted` | `restore` |
 * | `freeze` | `suspend` |
 * | `visible` again after `freeze` and `resume` | `restore` |
 * | `visibilitychange` | `hidden`, `visible` |
 * | `offline`, `online` | the same |
 *
 * No `unload` and no `beforeunload`: they keep a page out of the back/forward cache.
 */

/** @import { LifecycleSignal, LifecycleSource } from '../../../index.js' */

/** @type {LifecycleSource} */
const pageLifecycle = {
  subscribe(handler) {
    // Which of these there are depends on the runtime.
    const { document, navigator } = /** @type {any} */ (globalThis);
    const page = /** @type {EventTarget} */ (/** @type {unknown} */ (globalThis));
    /** @type {(() => void)[]} */
    const removals = [];
    /**
     * @param {EventTarget} target
     * @param {string} type
     * @param {(event: { persisted?: boolean }) => LifecycleSignal | undefined} signal
     */
    const on = (target, type, signal) => {
      const listener = (/** @type {any} */ event) => {
        const name = signal(event);
        if (name !== undefined) handler(name);
      };
      target.addEventListener(type, listener);
      removals.push(() => target.removeEventListener(type, listener));
    };
    // Browsers have it, in pages and workers.
    if (typeof navigator?.onLine === 'boolean') {
      on(page, 'offline', () => 'offline');
      on(page, 'online', () => 'online');
    }
    if (typeof document?.addEventListener === 'function') {
      const visibility = () => (document.visibilityState === 'hidden' ? 'hidden' : 'visible');
      /** What the page is back from when it is next visible. @type {'cache' | 'freezer' | undefined} */
      let place;
      on(page, 'pagehide', ({ persisted }) => {
        if (!persisted) return undefined;
        place = 'cache';
        return 'suspend';
      });
      on(page, 'pageshow', ({ persisted }) => {
        place = undefined;
        return persisted ? 'restore' : undefined;
      });
      // Chromium cuts the socket, and says so when the page resumes: until then, the server would
      // see a ghost. A page in the back/forward cache is frozen, too.
      on(document, 'freeze', () => {
        place ??= 'freezer';
        return 'suspend';
      });
      on(document, 'visibilitychange', () => {
        handler(visibility());
        if (place !== 'freezer' || visibility() === 'hidden') return undefined;
        place = undefined;
        return 'restore';
      });
      if (visibility() === 'hidden') handler('hidden');
    }
    return () => {
      for (const remove of removals) remove();
    };
  },
};

export { pageLifecycle };
