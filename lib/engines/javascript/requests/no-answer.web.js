/** Why `fetch` rejects in browsers and workers, which tell no reason, see `no-answer.d.ts`. */

import { fail } from './failure.js';

/** @type {typeof import('./no-answer.js').noAnswer} */
export function noAnswer(error, url) {
  const { host } = new URL(url);
  const cause = causeOf(error);
  const ended = fail('NETWORK_ERROR', `no answer from ${host}: ${cause}`, { cause, uncertain: true }, true);
  const { failure } = ended.outcome;
  return {
    ...ended,
    async explain(init) {
      // Where that cannot be loaded either, there is nothing more to say.
      const cors = await import('./cors.js').catch(() => undefined);
      failure.message = (await cors?.explain(url, init)) ?? failure.message;
    },
  };
}

/** @type {typeof import('./no-answer.js').causeOf} */
export function causeOf(error) {
  return /** @type {Error} */ (error).message;
}
