/**
 * The one place where whatever observes clients meets the clients: the tracer of this process, or
 * nothing while nobody observes.
 *
 * It is a global because the parts are bundled apart: an entry such as `opentelemetry` has no
 * import in common with the entry that the application loads, and a program may load two copies of
 * the package. The number is the version of `tracer.d.ts`.
 */

/** @import { Tracer } from './tracer.js' */

const KEY = Symbol.for('@smarterservices/realtime: tracing 1');

/** @type {{ tracer?: Tracer }} */
export const seam = /* @__PURE__ */ (() => {
  const holder = /** @type {any} */ (globalThis);
  // Its own member: a look at it must not reach Object.prototype.
  holder[KEY] ??= { tracer: undefined };
  return holder[KEY];
})();
