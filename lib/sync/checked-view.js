/**
 * What users see of a live document with a schema: the latest state that fits. The changes that
 * wait for their check are bounded, like those that wait for a loop.
 */

import { RealtimeError } from '../errors/errors.js';
import { Changes } from './changes.js';
import { loaded } from './loaded.js';

/** @import { LiveChange, StandardSchema } from '../../index.js' */
/** @import { Misfits } from './checked.js' */
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
  /** Whether a state has fitted. */
  isShown = false;
  /** A change that did not fit, for the next one. @type {LiveChange<any> | undefined} */
  skipped;
  #observer;
  #changes = new Changes(() => {});
  /** Why there is no state yet. @type {RealtimeError | undefined} */
  #error;
  /** Resolves when no change waits. @type {Promise<void> | undefined} */
  #running;
  #stop = () => {};
  /** @type {Promise<void>} */
  #stopped = new Promise((resolve) => {
    this.#stop = resolve;
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
    Object.assign(this, { data, revision, deleted, isShown: true, skipped: undefined });
    this.#error = undefined;
    this.#observer.changed(change);
  }

  /** @param {RealtimeError} error */
  fail(error) {
    if (!this.isShown) this.#error = error;
    this.#observer.failed(error);
  }

  /** Waits for the checks. Rejects while no state has fitted. */
  async ready() {
    if (!this.isShown) await Promise.race([this.#running, this.#stopped]);
    const { service, id } = this.target;
    if (this.ended) throw new RealtimeError('ABORTED', `the live document '${id}' in '${service}' was closed`);
    if (this.#error !== undefined) throw this.#error;
  }

  /** No change is reported any more. */
  end() {
    this.ended = true;
    this.#stop();
  }

  async #run() {
    try {
      const { showChanges } = await loaded(import('./checked.js'));
      await showChanges(this);
    } catch (error) {
      this.fail(/** @type {RealtimeError} */ (error));
    }
    this.#running = undefined;
  }
}

export { CheckedView };
