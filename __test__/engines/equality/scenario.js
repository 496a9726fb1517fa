/**
 * Plays scenarios against the JavaScript session. `tests/scenarios/README.md` describes them, and
 * `src/session/tests/scenarios` plays the same ones against the Rust session.
 */

import { readdirSync, readFileSync } from 'node:fs';
import { isObject, isSame, show } from '../../../lib/recording/same.js';

const FOLDER = new URL('../../../tests/scenarios/', import.meta.url);

/** The calls that have no time as their first argument. */
const TIMELESS = new Set([
  'disconnect',
  'abandon',
  'destroy',
  'unsubscribe',
  'listen',
  'listenToMessages',
  'assumeInterest',
  'endOfTurn',
  'wants',
  'discardResumableSession',
  'handleReadToEnd',
  'reportDropped',
  'discardSince',
]);

/** All scenarios, each with the name of its file. */
function readScenarios() {
  return readdirSync(new URL('sessions/', FOLDER))
    .sort()
    .flatMap((file) =>
      read(`sessions/${file}`).map((scenario) => ({ ...scenario, name: `${file}: ${scenario.name}` })),
    );
}

function read(path) {
  return JSON.parse(readFileSync(new URL(path, FOLDER), 'utf8'));
}

const starts = read('starts.json');

/** Plays a scenario. Returns how the session differs from it; undefined: it does not. */
function play(Session, { config, start, steps }) {
  const player = new Player(Session, config ?? {});
  for (const [part, list] of [
    ['start', start ? starts[start] : []],
    ['steps', steps],
  ]) {
    for (const [index, step] of list.entries()) {
      const problem = player.play(step);
      if (problem) return `${part}, step ${index + 1}: ${show(step)}\n  ${problem}`;
    }
  }
  return undefined;
}

class Player {
  #session;
  #now = 0;
  /** What has come out in the present step. */
  #out = [];

  constructor(Session, config) {
    // Scenarios have no random delays, so the number does not matter.
    this.#session = new Session(sessionConfig(config), () => 0.5, 0);
    this.#session.listen(null, true);
  }

  /** Plays a step. Returns how the session differs from it. */
  play(step) {
    let expected = step.returns ?? step.throws ?? step.delivers;
    let returned;
    if (step.wait !== undefined) this.#wait(step.wait);
    else if (step.server !== undefined) returned = this.#receive(step.server);
    else if (step.read) {
      expected = step.read;
      returned = Object.fromEntries(Object.keys(step.read).map((getter) => [getter, this.#read(getter)]));
    } else returned = this.#call(step.user ?? step.link);
    this.#settle();
    const out = this.#out;
    this.#out = [];
    if (!isLike(returned, expected)) return `expected ${show(expected)}\n  returned ${show(returned)}`;
    const wanted = step.out ?? [];
    const isEqual = out.length === wanted.length && out.every((output, index) => isOutput(output, wanted[index]));
    return isEqual ? undefined : `expected ${show(wanted)}\n  came out ${show(out)}`;
  }

  #wait(time) {
    const end = this.#now + time;
    for (let at = this.#session.deadline(); at !== undefined && at <= end; at = this.#session.deadline()) {
      this.#now = Math.max(this.#now, at);
      this.#session.handleTimeout(this.#now);
      this.#settle();
    }
    this.#now = end;
  }

  /** Collects everything that the session says and sends. */
  #settle() {
    const session = this.#session;
    for (;;) {
      const output = session.pollOutput();
      if (output) {
        this.#out.push(this.#described(output));
        continue;
      }
      const ping = session.pollPing(this.#now);
      if (ping) {
        this.#out.push(ping.text === undefined ? ['ping'] : ['ping', ping.text]);
        continue;
      }
      const frame = session.pollFrame(this.#now);
      if (frame !== undefined) this.#out.push(['send', frame]);
      else if (!session.hasOutput()) return;
    }
  }

  #described({ kind, item, farewell, orderly }) {
    if (kind === 'dial') return ['dial', this.#session.dialToken()?.text];
    return kind === 'hangUp' ? ['hangUp', { farewell, orderly }] : item;
  }

  /** Returns the event that the user gets. */
  #receive(value) {
    if (value.bytes) return this.#session.receiveBinary(this.#now, Uint8Array.from(value.bytes));
    return this.#session.receive(this.#now, frameText(value));
  }

  #read(getter) {
    const value = this.#session[getter](this.#now);
    // The scenarios have null where JavaScript has undefined.
    return (getter === 'newestToken' ? value?.text : value) ?? null;
  }

  #call([name, ...args]) {
    const given = args.map((arg, index) => argument(name, index, arg));
    try {
      return this.#session[name](...(TIMELESS.has(name) ? given : [this.#now, ...given]));
    } catch (error) {
      if (!error.code) throw error;
      return { ...error, message: error.message };
    }
  }
}

/** An argument of a call, as the session takes it. */
function argument(call, index, value) {
  if (call === 'subscribe') return index === 1 && value !== null ? JSON.stringify(value) : (value ?? undefined);
  if (call === 'emit') return message(value);
  if (call === 'provideToken') return token(value);
  return call === 'reportDropped' && index === 3 ? (topic) => value.includes(topic) : value;
}

function message({ event, payload, attachments = [], timeout = 10_000, retry = false, volatile = false }) {
  const bytes = attachments.map((attachment) => Uint8Array.from(attachment.bytes));
  return { event, payload: JSON.stringify(payload), attachments: bytes, timeout, retry, volatile };
}

/** A text, or `{ text, left, lifetime }`. */
function token(value) {
  return typeof value === 'string' ? { text: value, left: undefined, lifetime: 0 } : value;
}

/** The settings of a session: those that a scenario states, else the defaults. */
function sessionConfig({ reconnect, outbox, ...stated }) {
  return {
    protocol: 'socket.io',
    connectTimeout: 20_000,
    maxMessageBytes: 16 << 20,
    ...stated,
    // `false`: the user provides the tokens.
    token: stated.token === false ? undefined : token(stated.token ?? 't0ken'),
    reconnect: {
      enabled: true,
      attempts: 10,
      delay: 1000,
      delayMax: 20_000,
      randomization: 0,
      afterServerDisconnect: false,
      ...reconnect,
    },
    outbox: { messages: 1000, bytes: 4 << 20, age: 60_000, ...outbox },
    unixTime: (at) => at,
  };
}

/** The text of a frame: as it is, or a prefix before JSON, or JSON alone. */
function frameText(value) {
  if (typeof value === 'string') return value;
  return Array.isArray(value) ? value[0] + JSON.stringify(value[1]) : JSON.stringify(value);
}

/** Whether an output is the expected one. */
function isOutput(output, expected) {
  const [kind, frame] = output;
  if (kind !== 'send' || typeof frame !== 'string') return isLike(output, expected);
  const [, first, json] = expected;
  const prefix = typeof first === 'string' ? first : '';
  if (json === undefined && prefix) return frame === first;
  return expected[0] === 'send' && frame.startsWith(prefix) && isLike(parse(frame.slice(prefix.length)), json ?? first);
}

function parse(json) {
  try {
    return JSON.parse(json);
  } catch {
    return undefined;
  }
}

/** As `isSame`, but a text that ends with `…` stands for every text with that beginning. */
function isLike(actual, expected) {
  if (typeof expected === 'string' && expected.endsWith('…')) {
    return typeof actual === 'string' && actual.startsWith(expected.slice(0, -1));
  }
  if (!isObject(actual) || !isObject(expected) || actual instanceof Uint8Array) return isSame(actual, expected);
  const names = Object.keys(actual).filter((name) => actual[name] !== undefined);
  return (
    Array.isArray(actual) === Array.isArray(expected) &&
    names.length === Object.keys(expected).length &&
    names.every((name) => Object.hasOwn(expected, name) && isLike(actual[name], expected[name]))
  );
}

/** The methods of the session that a scenario calls. */
function methodsIn({ steps }) {
  return steps.flatMap(({ read, user, link }) => (read ? Object.keys(read) : [(user ?? link)?.[0]]));
}

export { methodsIn, play, readScenarios };
