/**
 * What users see of a live document with a schema: the latest state that fits. The changes that
 * wait for their check are bounded, like those that wait for a loop.
 */

import { loadChecks } from '#checks';
import { RealtimeError } from '../errors/errors.js';
import { Changes, skipping } from './changes.js';

/** @import { LiveChange, StandardSchema } from '../../index.js' */
/** @import { Misfits } from '../schemas/misfit.js' */
/** @import { Observer, Target } from './document-sync.js' */

/** @typedef {{ schema: StandardSchema, misfits: Misfits }} Check */

class CheckedView {
  /** @type {any} */
  data = undefined;
  revision = 0;
  deleted = false;
  target;
  check;
  ended = false;
  #observer;
  #changes = new Changes(() => {});
  /** Whether a state has fitted. */
  #isShown = false;
  /** A change that did not fit, for the next one. @type {LiveChange<any> | undefined} */
  #skipped;
  /** Why there is no state yet. @type {RealtimeError | undefined} */
  #error;
  /** Resolves when no change waits. @type {Promise<void> | undefined} */
  #running;
  #release = () => {};
  /** Resolves once a state has fitted, or at the end. @type {Promise<void>} */
  #released = new Promise((resolve) => {
    this.#release = resolve;
  });

  /** @param {Target} target @param {Check} check @param {Pick<Observer, 'changed' | 'failed'>} observer */
  constructor(target, check, observer) {
    this.target = target;
    this.check = check;
    this.#observer = observer;
  }

  /** @param {LiveChange<any>} change with the data as the server sent it */
  push(change) {
    this.#changes.push(change);
    this.#running ??= this.#run();
  }

  /** The next change to check. */
  next() {
    return this.ended ? undefined : this.#changes.take();
  }

  /** @param {LiveChange<any>} change that fits */
  show(change) {
    const { data, revision, deleted } = change;
    Object.assign(this, { data, revision, deleted });
    const { reset, ...shown } = this.#afterSkipped(change);
    // Before the first state that fits there was none to go back from.
    const isFirst = !this.#isShown && this.#skipped !== undefined;
    this.#isShown = true;
    this.#release();
    this.#skipped = this.#error = undefined;
    this.#observer.changed({ ...shown, ...(isFirst ? { skipped: 0 } : reset && { reset }) });
  }

  /** @param {LiveChange<any>} change that does not fit @param {RealtimeError} error */
  skip(change, error) {
    this.#skipped = this.#afterSkipped(change);
    this.#fail(error);
  }

  /** Waits for the checks. Rejects while no state has fitted. */
  async ready() {
    if (!this.#isShown) await Promise.race([this.#running, this.#released]);
    const { service, id } = this.target;
    if (this.ended) throw new RealtimeError('ABORTED', `the live document '${id}' in '${service}' was closed`);
    if (this.#error !== undefined) throw this.#error;
  }

  /** No change is reported any more. */
  end() {
    this.ended = true;
    this.#release();
  }

  /** @param {LiveChange<any>} change */
  #afterSkipped(change) {
    return this.#skipped === undefined ? change : skipping(this.#skipped, change);
  }

  /** @param {RealtimeError} error */
  #fail(error) {
    if (!this.#isShown) this.#error = error;
    this.#observer.failed(error);
  }

  async #run() {
    try {
      const { showChanges } = await loadChecks();
      await showChanges(this);
    } catch (error) {
      this.#fail(/** @type {RealtimeError} */ (error));
    }
    this.#running = undefined;
  }
}

export { CheckedView };
