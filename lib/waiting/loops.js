/** The `for await` loops over the events and messages of a client. */

import { onAbort } from '../aborts.js';
import { optional, parseBag } from '../options/schema.js';
import * as values from '../options/values.js';
import { Stream } from './stream.js';
import { aborted } from './wait.js';

/** @import { GapEvent } from '../../index.js' */
/** @import { Engine, EngineConfig } from '../engines/engine.js' */
/** @import { Dispatch } from '../events/dispatch.js' */

/**
 * What brings a loop its events.
 *
 * @typedef {object} Source
 * @property {string} method for errors, e.g. `RealtimeClient.events`
 * @property {unknown} options with `signal` and `buffer`
 * @property {(stream: Stream<any>) => () => void} open begins, and returns what ends it
 * @property {() => Pick<GapEvent, 'subscriptions' | 'channels'>} missed what a gap of its events
 *   concerns
 */

const LOOP = { signal: optional(values.signal), buffer: optional(values.positiveInteger) };

class Loops {
  #config;
  #engine;
  #dispatch;
  /** @type {Set<Stream<any>>} */
  #streams = new Set();
  /** The full ones, and how many events wait in each. @type {Map<Stream<any>, number>} */
  #full = new Map();

  /** @param {{ config: EngineConfig, engine: Engine, dispatch: Dispatch }} parts of the client */
  constructor({ config, engine, dispatch }) {
    this.#config = config;
    this.#engine = engine;
    this.#dispatch = dispatch;
  }

  /** @param {Source} source */
  open({ method, options, open, missed }) {
    const { maxEvents, overflow } = this.#config.inbox;
    const { signal, buffer = maxEvents } = parseBag(options, `${method}(): options`, LOOP);
    if (signal?.aborted) throw aborted(`${method}()`, signal);
    /** @type {() => void} */
    let close = () => {};
    /** @type {Stream<any>} */
    const stream = new Stream(buffer, overflow, {
      takenUntil: () => this.#engine.takenUntil(),
      full: (waiting) => this.#hold(stream, waiting),
      dropped: () => {
        this.#dispatch.dropped += 1;
      },
      missed: (times) => this.#dispatch.notify(['gap', { ...times, reason: 'slow consumer', ...missed() }]),
      close: () => {
        this.#streams.delete(stream);
        ignore?.();
        close();
      },
    });
    close = open(stream);
    const ignore = signal && onAbort(signal, () => stream.cut(aborted(`${method}()`, signal)));
    this.#streams.add(stream);
    return stream;
  }

  /** The client has given up: nothing follows what waits. @param {Error} error */
  fail(error) {
    for (const stream of [...this.#streams]) stream.end(error);
  }

  /** The client is destroyed. */
  close() {
    for (const stream of [...this.#streams]) stream.cut();
  }

  /** @param {Stream<any>} stream @param {number} waiting 0: it accepts more */
  #hold(stream, waiting) {
    if (waiting > 0) this.#full.set(stream, waiting);
    else this.#full.delete(stream);
    this.#engine.hold([...this.#full.values()].reduce((sum, each) => sum + each, 0));
  }
}

export { Loops };
