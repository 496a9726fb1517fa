/**
 * Optimistic update: reads, changes and writes a document, and retries when another write came
 * first. It never loses the writes of others, since each write names the revision that it was made
 * for.
 */

import { now, randomId } from '#host';

import { RealtimeError } from '../errors/errors.js';
import { isDocument } from './document.js';

/** @import { RealtimeErrorDetails, SyncDocument } from '../../index.js' */
/** @import { Rest } from '../requests/rest.js' */
/** @import { SyncClient } from './client.js' */

/**
 * The pause after the n-th conflict, in milliseconds: a random part of this, doubled n times, up to
 * the maximum.
 */
const PAUSE = 10;
const MAX_PAUSE = 1000;

/**
 * @param {SyncClient} sync
 * @param {Rest} rest ends waits
 * @param {string} service
 * @param {string} id
 * @param {(data: any, document: SyncDocument<any>) => unknown} change
 * @param {{ signal?: AbortSignal, timeout: number, attempts: number }} options
 * @returns {Promise<SyncDocument<any>>}
 */
async function update(sync, rest, service, id, change, { signal, timeout, attempts }) {
  const deadline = now() + timeout;
  const what = `update of document '${id}' in '${service}'`;
  const call = () => {
    const left = Math.ceil(deadline - now());
    if (left <= 0) throw ended('TIMEOUT');
    return { signal, timeout: left };
  };

  /** @type {SyncDocument<any> | undefined} */
  let document;
  for (let attempt = 1; ; attempt++) {
    document ??= await sync.get(service, id, call());
    const { revision } = document;
    const data = await unlessEnded(change(document.data, document));
    if (data === undefined) return document;
    try {
      return await sync.replace(service, id, data, revision, { ...call(), idempotencyKey: randomId() });
    } catch (error) {
      document = await next(error, attempt);
    }
  }

  /**
   * What to continue with after a failure: the current document, or undefined to read it.
   *
   * @param {unknown} error
   * @param {number} attempt
   */
  async function next(error, attempt) {
    if (!(error instanceof RealtimeError) || error.code !== 'REVISION_CONFLICT') throw error;
    const { uncertain, document: current } = /** @type {RealtimeErrorDetails} */ (error);
    if (uncertain) throw ownWriteOrAnother(what, error);
    if (attempt >= attempts) throw givenUp(what, error, attempts);
    // One rival: retry at once. Many: wait a random time, and then read, since the document of the
    // conflict is outdated by then.
    if (attempt === 1 && isDocument(current)) return current;
    const pause = Math.random() * Math.min(MAX_PAUSE, PAUSE * 2 ** attempt);
    const left = Math.min(pause, call().timeout);
    const ending = await new Promise((resolve) => rest.onEnding(left, signal, resolve));
    if (ending !== 'TIMEOUT') throw ended(ending);
    return undefined;
  }

  /** The result of `change`, within the timeout of the whole update. @param {any} value */
  function unlessEnded(value) {
    if (typeof value?.then !== 'function') return value;
    return new Promise((resolve, reject) => {
      const forget = rest.onEnding(deadline - now(), signal, (ending) => reject(ended(ending)));
      Promise.resolve(value).finally(forget).then(resolve, reject);
    });
  }

  /** @param {'ABORTED' | 'CLIENT_DESTROYED' | 'TIMEOUT'} ending */
  function ended(ending) {
    if (ending === 'TIMEOUT') return new RealtimeError(ending, `${what}: not done within ${timeout} ms`);
    if (ending === 'CLIENT_DESTROYED') return new RealtimeError(ending, `${what}: the client was destroyed`);
    return new RealtimeError(ending, `${what}: the signal was aborted`, { cause: signal?.reason });
  }
}

/** @param {string} what @param {RealtimeError} conflict */
function ownWriteOrAnother(what, conflict) {
  return new RealtimeError(
    'REVISION_CONFLICT',
    `${what}: an attempt to write had no answer, and then the document had another revision. That revision is either this ` +
      'update or the write of somebody else',
    { ...conflict, cause: conflict, remediation: 'Look into error.document before you update again.' },
  );
}

/** @param {string} what @param {RealtimeError} conflict @param {number} attempts */
function givenUp(what, conflict, attempts) {
  const message = `${what}: in each of ${attempts} attempts another write came first`;
  return new RealtimeError('REVISION_CONFLICT', message, { ...conflict, cause: conflict });
}

export { update };
