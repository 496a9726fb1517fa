/** `realtime doc`: reads, writes and follows documents. */

import { openForRequests, openReported } from '../client.js';
import { parseCount, readObject } from '../input.js';
import { watchInterruption } from '../interruption.js';
import { counted, inline, Output, printable, timeOf } from '../output.js';

/** @import { RealtimeClient, SyncDocument } from '@smarterservices/realtime' */

/** @typedef {import('../configuration.js').ConnectionOptions & { json?: boolean, color?: boolean }} Options */
/** @typedef {Options & { revision?: string }} WriteOptions */

/** @param {string} service @param {string} id @param {Options} options */
export async function get(service, id, options) {
  await printing(options, (client) => client.sync.get(service, id));
}

/** @param {string} service @param {string} id @param {string} source @param {WriteOptions} options */
export async function set(service, id, source, options) {
  const data = await readObject(source, '<json>');
  const expected = revisionOf(options);
  await printing(options, async (client) => {
    try {
      return await client.sync.replace(service, id, data, expected);
    } catch (error) {
      const isMissing = /** @type {{ code?: string }} */ (error).code === 'NOT_FOUND';
      if (!isMissing || expected.expectedRevision !== undefined) throw error;
      return client.sync.create(service, data, id);
    }
  });
}

/** @param {string} service @param {string} id @param {string} source @param {WriteOptions} options */
export async function merge(service, id, source, options) {
  const data = await readObject(source, '<json>');
  await printing(options, (client) => client.sync.merge(service, id, data, revisionOf(options)));
}

/** @param {string} service @param {string} id @param {Options} options */
export async function edit(service, id, options) {
  const { editDocument } = await import('../editing/edit-document.js');
  await printing(options, (client, output) => editDocument(client, service, id, output));
}

/** @param {string} service @param {string} id @param {WriteOptions} options */
export async function remove(service, id, options) {
  const output = new Output(options);
  await requesting(options, async (client) => {
    const document = await client.sync.delete(service, id, revisionOf(options));
    const revision = document === undefined ? '' : `, revision ${document.revision}`;
    output.line(document ?? { service, id, deleted: true }, `${output.styled('green', 'deleted')}${revision}`);
  });
}

/** @param {string} service @param {Options & { limit?: string }} options */
export async function list(service, options) {
  const limit = options.limit === undefined ? Number.POSITIVE_INFINITY : parseCount(options.limit, '--limit', 1);
  const output = new Output(options);
  await requesting(options, async (client) => {
    let count = 0;
    for await (const document of client.sync.list(service)) {
      output.line(document, `${describe(document, output)} ${inline(document.data)}`);
      count += 1;
      if (count === limit) break;
    }
    output.note(counted(count, 'document'));
  });
}

/** @param {string} service @param {string} id @param {Options & { count?: string }} options */
export async function watch(service, id, options) {
  const count = options.count === undefined ? Number.POSITIVE_INFINITY : parseCount(options.count, '--count', 1);
  const output = new Output(options);
  const interruption = watchInterruption();
  const { client, failed } = await openReported(options, output);
  const document = client.sync.watch(service, id);
  let changes = 0;
  const complete = new Promise((resolve, reject) => {
    const print = (/** @type {import('@smarterservices/realtime').LiveChange<any>} */ change) => {
      if (changes >= count) return;
      changes += 1;
      const { data, revision, deleted, skipped } = change;
      const more = skipped > 0 ? output.styled('yellow', ` (${counted(skipped, 'revision')} in between)`) : '';
      const what = deleted ? output.styled('red', 'deleted') : inline(data);
      output.line(
        { kind: 'change', at: Date.now(), ...change },
        `${output.dim(timeOf())} ${output.styled('cyan', `revision ${revision}`)} ${what}${more}`,
      );
      if (changes === count) resolve(undefined);
    };
    document.on('change', print);
    document.on('delete', print);
    document.on('error', reject);
  });
  client.connect();
  try {
    await Promise.race([complete, interruption.interrupted, failed]);
  } finally {
    document.close();
    const { gaps, reconnects } = client.stats();
    client.destroy();
    output.line(
      { kind: 'summary', changes, gaps, reconnects },
      output.styled(
        'bold',
        `${counted(changes, 'change')}, ${counted(gaps, 'gap')}, ${counted(reconnects, 'reconnect')}`,
      ),
    );
    interruption.release();
  }
}

/** @param {WriteOptions} options */
function revisionOf({ revision }) {
  return revision === undefined ? {} : { expectedRevision: parseCount(revision, '--revision') };
}

/**
 * @param {Options} options
 * @param {(client: RealtimeClient, output: Output) => Promise<SyncDocument>} act
 */
async function printing(options, act) {
  const output = new Output(options);
  await requesting(options, async (client) => {
    const document = await act(client, output);
    if (output.isJson) output.value(document);
    else output.line(document, `${describe(document, output)}\n${printable(JSON.stringify(document.data, null, 2))}`);
  });
}

/** @param {Options} options @param {(client: RealtimeClient) => Promise<void>} act */
async function requesting(options, act) {
  const client = await openForRequests(options);
  try {
    await act(client);
  } finally {
    client.destroy();
  }
}

/** @param {SyncDocument} document @param {Output} output */
function describe({ service, id, revision, updatedAt }, output) {
  const name = output.styled('bold', `${printable(service)}/${printable(id)}`);
  return `${name} ${output.styled('cyan', `revision ${revision}`)} ${output.dim(timeOf(updatedAt))}`;
}
