/** `realtime publish`: publishes events with the platform's REST call. */

import { readAuthenticatedConnection } from '../configuration.js';
import { usageError } from '../exit-codes.js';
import { readObject, readObjectLines } from '../input.js';
import { Output, printable } from '../output.js';
import { post } from '../requests.js';

/**
 * @param {string} topic @param {string} source JSON, or `-`
 * @param {import('../configuration.js').ConnectionOptions & { json?: boolean, color?: boolean, type?: string, lines?: boolean }} options
 */
export async function publish(topic, source, options) {
  if (options.lines && source !== '-')
    throw usageError('--lines: payloads come from standard input: pass - as <json>.');
  const connection = readAuthenticatedConnection(options);
  const output = new Output(options);
  const path = `/api/topics/${encodeURIComponent(topic)}/events`;
  const payloads = options.lines ? readObjectLines('<json>') : [await readObject(source, '<json>')];
  for await (const payload of payloads) {
    const answer = await post(connection, path, { payload, ...(options.type && { type: options.type }) });
    output.line(answer, `${output.styled('green', 'published')} ${printable(answer.id ?? '')}`);
  }
}
