/**
 * Checks the changes of a live document one after the other, and shows those that fit.
 */

import { RealtimeError } from '../errors/errors.js';
import { check } from '../schemas/check.js';
import { describeMisfit } from '../schemas/misfit.js';
import { skipping } from './changes.js';

/** @import { LiveChange } from '../../index.js' */
/** @import { CheckedView } from './checked-view.js' */

/** Ends when no change waits. @param {CheckedView} view */
async function showChanges(view) {
  const { schema, misfits } = view.check;
  for (;;) {
    const change = view.next();
    if (change === undefined) return;
    const outcome = change.deleted ? { value: undefined } : await check(schema, change.data);
    if (view.ended) return;
    if (outcome.misfit === undefined) {
      show(view, change, outcome.value);
    } else {
      const { service, id } = view.target;
      const what = `Revision ${change.revision} of document '${id}' in '${service}'`;
      misfits.dropped();
      view.skipped = view.skipped === undefined ? change : skipping(view.skipped, change);
      view.fail(RealtimeError.from(describeMisfit(what, outcome.misfit, misfits.redaction)));
    }
  }
}

/** @param {CheckedView} view @param {LiveChange<any>} change @param {unknown} data */
function show(view, change, data) {
  const { reset, ...shown } = view.skipped === undefined ? change : skipping(view.skipped, change);
  // Before the first state that fits there was none to go back from.
  const isFirst = !view.isShown && view.skipped !== undefined;
  view.show({ ...shown, data, ...(isFirst ? { skipped: 0 } : reset && { reset }) });
}

export { showChanges };
