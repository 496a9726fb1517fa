/**
 * TypeScript for the topics of a platform. The same topics and schemas always make the same text.
 */

import { CommandError, EXIT } from '../../exit-codes.js';
import { call } from '../../requests.js';
import { combine } from './schema.js';

/** @import { Connection } from '../../configuration.js' */
/** @import { TypedTopic } from './schema.js' */

const HEADER = `/* eslint-disable */
/**
 * The topics of the Realtime Platform. \`realtime types\` wrote this file from the registered
 * schemas: change them there, and run it again.
 *
 * @example
 * import type { Topics } from './topics.js';
 * const realtime = new RealtimeClient<Topics>({ url, token });
 */

`;

/**
 * @param {Connection & { token: string }} connection
 * @returns {Promise<{ topics: TypedTopic[], text: string }>}
 */
export async function generate(connection) {
  const topics = await readTopics(connection);
  const { default: generator } = await import('json-schema-to-typescript');
  const text = await generator.compile(/** @type {any} */ (combine(topics)), 'Topics', {
    bannerComment: '',
    // A member that a schema does not name is a mistake in a program, although it may arrive.
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    unreachableDefinitions: false,
    // No schema makes this process read a file or an address.
    $refOptions: { resolve: { external: false } },
    style: { singleQuote: true, printWidth: 100 },
  });
  return { topics, text: HEADER + text };
}

/**
 * In the order of their names.
 *
 * @param {Connection & { token: string }} connection
 * @returns {Promise<TypedTopic[]>}
 */
async function readTopics(connection) {
  const topics = await call(connection, 'GET', '/api/topics');
  if (!Array.isArray(topics) || !topics.every((topic) => typeof topic?.name === 'string')) {
    throw new CommandError(EXIT.failed, 'GET /api/topics: the answer is not a list of topics.');
  }
  const sorted = [...topics].sort(byName);
  return Promise.all(sorted.map((/** @type {any} */ topic) => withSchema(connection, topic)));
}

/** @param {{ name: string }} one @param {{ name: string }} other */
const byName = ({ name: one }, { name: other }) => (one < other ? -1 : 1);

/**
 * A topic with its active schema, or with the latest, if none is active.
 *
 * @param {Connection & { token: string }} connection
 * @param {{ name: string, description: string, owner: string, activeSchemaVersion?: number | null }} topic
 * @returns {Promise<TypedTopic>}
 */
async function withSchema(connection, { name, description, owner, activeSchemaVersion }) {
  const path = `/api/schemas/${encodeURIComponent(name)}/versions`;
  const entry =
    typeof activeSchemaVersion === 'number'
      ? await call(connection, 'GET', `${path}/${activeSchemaVersion}`)
      : (await call(connection, 'GET', path)).at(-1);
  return { name, description, owner, ...(entry && { version: entry.version, schema: entry.schema }) };
}
