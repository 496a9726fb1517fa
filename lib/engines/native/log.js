/**
 * The addon's records of one client, on their way to its log.
 *
 * The sink in the addon calls back when records wait, and does not hold the process: at the end of
 * the process, the last records are taken at once. It refers weakly to this side, so that a client
 * that nobody refers to can be collected, and its sink with it.
 */

import { addon } from './addon.js';

/** @import { Log, Remote } from '../../log/log.js' */
/** @import { AddonRecords } from './abi.js' */

/** By the log of the client: its connection and its requests share a sink. @type {WeakMap<Log, LogSink>} */
const sinks = new WeakMap();
/** Those that are not closed. @type {Set<WeakRef<LogSink>>} */
const open = new Set();
let isExitWatched = false;

class LogSink {
  #log;
  #sink;
  #self = new WeakRef(this);

  /** @param {Log} log */
  constructor(log) {
    this.#log = new WeakRef(log);
    const self = this.#self;
    const { session, transport, rest } = remoteOf(log).ranks;
    this.#sink = new (addon().LogSink)(() => self.deref()?.take(), session, transport, rest);
    for (const reference of open) if (reference.deref() === undefined) open.delete(reference);
    open.add(self);
  }

  get id() {
    return this.#sink.id;
  }

  /** Passes on what waits. */
  take() {
    const text = this.#sink.take();
    if (text === null) return;
    /** @type {AddonRecords} */
    const [dropped, records] = JSON.parse(text);
    const write = this.#log.deref()?.remote?.write;
    if (dropped > 0) write?.('warn', 'client', 'records dropped', { dropped }, Date.now());
    for (const [time, level, part, message, fields] of records) write?.(level, part, message, fields, time);
  }

  close() {
    this.take();
    this.#sink.close();
    open.delete(this.#self);
  }
}

/** @param {Log} log */
function sinkOf(log) {
  const known = sinks.get(log);
  if (known !== undefined) return known;
  const sink = new LogSink(log);
  sinks.set(log, sink);
  remoteOf(log).take = () => sink.take();
  if (!isExitWatched) {
    isExitWatched = true;
    process.once('exit', takeAll);
  }
  return sink;
}

/** On Node every log has it. @param {Log} log */
function remoteOf({ remote }) {
  return /** @type {Remote} */ (remote);
}

function takeAll() {
  for (const reference of open) reference.deref()?.take();
}

export { sinkOf };
