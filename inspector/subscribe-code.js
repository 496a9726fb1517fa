/** A subscription as a TypeScript program, with the type of what arrives. */

/** @typedef {{ topic: string, filter?: unknown, returnMode?: string }} Subscription */

const IDENTIFIER = /^[A-Za-z_$][\w$]*$/;

/**
 * @param {Subscription} subscription
 * @param {string} url of the platform
 * @param {unknown} [payload] of an event of the topic, where one is known
 */
export function subscribeCode({ topic, filter, returnMode = 'full' }, url, payload) {
  const topics = payload === undefined ? '' : `<{ ${keyOf(topic)}: ${typeOf(payload)} }>`;
  const options = {
    topic,
    ...(filter !== undefined && filter !== null && { filter }),
    ...(returnMode !== 'full' && { returnMode }),
  };
  return `import { RealtimeClient } from '@smarterservices/realtime';

const realtime = new RealtimeClient${topics}({
  url: ${literal(url)},
  token: process.env.REALTIME_TOKEN ?? '',
});
realtime.subscribe(${literal(options)});
realtime.on(${literal(`event:${topic}`)}, (event) => {
  console.log(event.payload);
});`;
}

/** A JSON value as TypeScript. @param {unknown} value @returns {string} */
function literal(value) {
  if (typeof value === 'string') return quoted(value);
  if (value === null || typeof value !== 'object') return String(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(', ')}]`;
  const members = Object.entries(value).map(([key, member]) => `${keyOf(key)}: ${literal(member)}`);
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** The type of a JSON value. @param {unknown} value @returns {string} */
function typeOf(value) {
  if (value === null) return 'null';
  if (typeof value !== 'object') return typeof value;
  if (Array.isArray(value)) {
    const types = [...new Set(value.map(typeOf))].sort();
    return types.length === 0 ? 'unknown[]' : `Array<${types.join(' | ')}>`;
  }
  const members = Object.entries(value).map(([key, member]) => `${keyOf(key)}: ${typeOf(member)}`);
  return members.length === 0 ? 'Record<string, unknown>' : `{ ${members.join('; ')} }`;
}

/** In single quotes. JSON leaves two line ends of JavaScript as they are. @param {string} text */
function quoted(text) {
  const inner = JSON.stringify(text).slice(1, -1).replaceAll('\\"', '"').replaceAll("'", "\\'");
  return `'${inner.replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}'`;
}

/** The name of a member. In a literal, `__proto__` alone would set the prototype. @param {string} name */
function keyOf(name) {
  if (name === '__proto__') return "['__proto__']";
  return IDENTIFIER.test(name) ? name : quoted(name);
}
