/**
 * Typed listeners with the methods of Node's `EventEmitter`, so that `events.once()` and
 * `events.on()` accept the object. The types are written out here: a program for the web has no
 * types of Node.
 *
 * @typeParam Events the arguments of each event's listeners, by the event's name
 */
export abstract class Emitter<Events extends { [Name in keyof Events]: unknown[] }> {
  /** Adds a listener. Listeners are called in the order in which they were added. */
  on<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Same as {@link on}. */
  addListener<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Adds a listener for one call. */
  once<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Adds a listener that is called before those that were added earlier. */
  prependListener<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Adds a listener for one call, which comes before those that were added earlier. */
  prependOnceListener<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Removes a listener. If the same function was added several times, the last one is removed. */
  off<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Same as {@link off}. */
  removeListener<Name extends keyof Events>(event: Name, listener: (...data: Events[Name]) => void): this;
  /** Removes the listeners of one event, or all listeners. */
  removeAllListeners(event?: keyof Events): this;
  /** Calls the listeners of an event, and returns whether there was one. */
  emit<Name extends keyof Events>(event: Name, ...data: Events[Name]): boolean;
  /** The listeners of an event. */
  listeners<Name extends keyof Events>(event: Name): ((...data: Events[Name]) => void)[];
  /** The listeners of an event as they are called: those of {@link once} are wrapped. */
  rawListeners<Name extends keyof Events>(event: Name): ((...data: Events[Name]) => void)[];
  /** How many listeners an event has, or how often it has this one. */
  listenerCount<Name extends keyof Events>(event: Name, listener?: (...data: Events[Name]) => void): number;
  /** The names of the events that have listeners. */
  eventNames(): (string | symbol)[];
  /** How many listeners one event can have before a process warning reports a leak. Default: 10. */
  getMaxListeners(): number;
  /** Sets that number. 0 turns the warning off. */
  setMaxListeners(count: number): this;
}
