/** Checks the changes of a live document one after the other, and shows those that fit. */

import { RealtimeError } from '../errors/errors.js';
import { check } from './check.js';
import { describeMisfit } from './misfit.js';

/** @import { LiveChange, StandardSchema } from '../../index.js' */
/** @import { Misfits } from './misfit.js' */

/**
 * What users see of the document.
 *
 * @typedef {object} View
 * @property {{ service: string, id: string }} target
 * @property {{ schema: StandardSchema, misfits: Misfits }} check
 * @property {boolean} ended
 * @property {() => LiveChange<any> | undefined} next the next change to check
 * @property {(change: LiveChange<any>) => void} show takes a change that fits
 * @property {(change: LiveChange<any>, error: RealtimeError) => void} skip takes one that does not
 */

/** Ends when no change waits. @param {View} view */
async function showChanges(view) {
  const { schema, misfits } = view.check;
  for (let change = view.next(); change !== undefined; change = view.next()) {
    const { value, misfit } = change.deleted ? { value: undefined } : await check(schema, change.data);
    if (view.ended) return;
    if (misfit === undefined) {
      view.show({ ...change, data: value });
    } else {
      const { service, id } = view.target;
      const what = `Revision ${change.revision} of document '${id}' in '${service}'`;
      misfits.dropped();
      view.skip(change, RealtimeError.from(describeMisfit(what, misfit, misfits.redaction)));
    }
  }
}

export { showChanges };
