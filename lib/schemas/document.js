/** Checks the data of a document that was read with the schema of the call. */

import { RealtimeError } from '../errors/errors.js';
import { check } from './check.js';
import { describeMisfit } from './misfit.js';

/** @import { StandardSchema, SyncDocument } from '../../index.js' */
/** @import { Misfits } from './misfit.js' */

/**
 * What ends the wait for a schema, see `requests/rest.js`.
 *
 * @typedef {object} Waits
 * @property {(left: number, signal: AbortSignal | undefined, onEnd: (ending: Ending) => void) => () => void} onEnding
 */
/** @typedef {'ABORTED' | 'CLIENT_DESTROYED' | 'TIMEOUT'} Ending */

/**
 * The document with the output of the schema.
 *
 * @param {SyncDocument<any>} document
 * @param {StandardSchema} schema
 * @param {Misfits} misfits
 * @param {Waits} rest
 * @param {{ path: string, timeout: number, signal?: AbortSignal }} call
 * @returns {Promise<SyncDocument<any>>}
 */
async function checkDocument(document, schema, misfits, rest, { path, timeout, signal }) {
  const about = { method: 'GET', path };
  const what = `Document '${document.id}'`;
  const { value, misfit } = await new Promise((resolve, reject) => {
    const forget = rest.onEnding(timeout, signal, (ending) => {
      const message = ending === 'TIMEOUT' ? 'its schema did not answer in time' : 'the call ended during its check';
      reject(new RealtimeError(ending, `${what}: ${message}`, { ...about, cause: signal?.reason }));
    });
    Promise.resolve(check(schema, document.data)).then((outcome) => {
      forget();
      resolve(outcome);
    });
  });
  if (misfit !== undefined) throw RealtimeError.from(describeMisfit(what, misfit, misfits.redaction), about);
  return { ...document, data: value };
}

export { checkDocument };
