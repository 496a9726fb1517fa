/**
 * Metrics as observable instruments over `stats()`: they cost nothing per event, and something only
 * when the SDK collects. Clients of one server are added up, so that their number does not become a
 * number of time series.
 */

import { metrics } from '@opentelemetry/api';
import { SYSTEM, serverAttributes } from './attributes.js';
import { INSTRUMENTS } from './instruments.js';
import { NAME, VERSION } from './version.js';

/** @import { Attributes, BatchObservableResult, Meter, MeterProvider, Observable } from '@opentelemetry/api' */
/** @import { RealtimeStats } from '../../index.js' */
/** @import { Observed } from '../tracing/observer.js' */
/** @import { Instrument, Reading } from './instruments.js' */

/**
 * One client. Its last statistics stay when it is collected.
 *
 * @typedef {{ client: WeakRef<Observed['client']>, server: string, attributes: Attributes, last: Reading }} Entry
 */
/** One time series. @typedef {{ attributes: Attributes, value: number }} Point */

class Metrics {
  #meters;
  /** @type {{ meter: Meter, observables: Observable[], observe: (result: BatchObservableResult) => void } | undefined} */
  #registered;
  /** @type {Set<Entry>} */
  #entries = new Set();
  /** What clients that are gone have counted, by instrument. @type {Map<Instrument, Map<string, Point>>} */
  #past = new Map();

  /** @param {MeterProvider} [meters] by default the global one, once there is a client */
  constructor(meters) {
    this.#meters = meters;
  }

  /** @param {Observed} observed */
  met({ client, ...server }) {
    this.#register();
    const attributes = { 'messaging.system': SYSTEM, ...serverAttributes(server) };
    const last = { stats: /** @type {RealtimeStats} */ (client.stats()), state: client.state };
    this.#entries.add({ client: new WeakRef(client), server: JSON.stringify(attributes), attributes, last });
  }

  /** @param {Observed} observed */
  destroyed({ client }) {
    for (const entry of this.#entries) {
      if (entry.client.deref() !== client) continue;
      this.#read(entry);
      this.#retire(entry);
    }
  }

  stop() {
    const registered = this.#registered;
    this.#registered = undefined;
    registered?.meter.removeBatchObservableCallback(registered.observe, registered.observables);
  }

  /** The SDK may set its global provider after the instrumentation was created. */
  #register() {
    if (this.#registered !== undefined) return;
    const meter = (this.#meters ?? metrics).getMeter(NAME, VERSION);
    const observables = INSTRUMENTS.map(({ kind, name, unit, description }) =>
      meter[kind](name, { unit, description }),
    );
    const observe = (/** @type {BatchObservableResult} */ result) => this.#observe(observables, result);
    this.#registered = { meter, observables, observe };
    meter.addBatchObservableCallback(observe, observables);
  }

  /** @param {Observable[]} observables @param {BatchObservableResult} result */
  #observe(observables, result) {
    for (const entry of this.#entries) if (!this.#read(entry)) this.#retire(entry);
    for (const [index, instrument] of INSTRUMENTS.entries())
      for (const { attributes, value } of this.#pointsOf(instrument))
        result.observe(observables[index], value, attributes);
  }

  /** @param {Instrument} instrument @returns {Iterable<Point>} */
  #pointsOf(instrument) {
    /** @type {Map<string, Point>} */
    const points = new Map();
    for (const [key, point] of this.#past.get(instrument) ?? []) points.set(key, { ...point });
    for (const entry of this.#entries) addTo(points, instrument, entry);
    return points.values();
  }

  /** @param {Entry} entry @returns {boolean} whether the client still exists */
  #read(entry) {
    const client = entry.client.deref();
    if (client === undefined) return false;
    entry.last = { stats: /** @type {RealtimeStats} */ (client.stats()), state: client.state };
    return true;
  }

  /** The client is gone: what it has counted stays counted. @param {Entry} entry */
  #retire(entry) {
    this.#entries.delete(entry);
    for (const instrument of INSTRUMENTS) {
      if (instrument.kind !== 'createObservableCounter') continue;
      const points = this.#past.get(instrument) ?? new Map();
      this.#past.set(instrument, points);
      addTo(points, instrument, entry);
    }
  }
}

/** @param {Map<string, Point>} points @param {Instrument} instrument @param {Entry} entry */
function addTo(points, { kind, read }, { server, attributes, last }) {
  for (const { value, of } of read(last)) {
    const key = `${server}${JSON.stringify(of ?? {})}`;
    const point = points.get(key) ?? { attributes: { ...attributes, ...of }, value: 0 };
    // Percentiles of several clients do not add up.
    point.value = kind === 'createObservableGauge' ? Math.max(point.value, value) : point.value + value;
    points.set(key, point);
  }
}

export { Metrics };
