'use strict';

/**
 * The life of a document: two clerks create it, merge into it at the same moment, run into a
 * conflict, resolve it, and delete it. The clerks use requests only. A reader watches the document
 * through its subscription.
 */

const { once } = require('node:events');
const { RealtimeClient } = require('../..');

const SERVICE = 'notes';
const ID = 'S-1041';
const TIMEOUT = 15_000; // ms

/** Returns whether the document ended as expected. */
async function liveADocument(platform, log) {
  const open = (sub, options) => {
    const permissions = [sub === 'reader' ? 'client' : 'service'];
    return new RealtimeClient({ url: platform.url, token: platform.token({ sub, permissions }), ...options });
  };
  const [ada, ben] = ['ada', 'ben'].map((name) => open(name, { autoConnect: false }));
  const reader = open('reader');
  try {
    return await live(platform, log, ada, ben, reader);
  } finally {
    for (const client of [ada, ben, reader]) client.destroy();
  }
}

async function live(platform, log, ada, ben, reader) {
  const copy = reader.sync.watch(SERVICE, ID);
  const seen = [];
  copy.on('change', ({ data, revision }) => {
    seen.push(revision);
    log.row('reader', `revision ${revision}`, JSON.stringify(data));
  });
  await Promise.all([copy.ready(), platform.subscribed(`sync.${SERVICE}.updated`)]);

  const created = await ada.sync.create(SERVICE, { status: 'draft', flags: 0, checks: {} }, ID);
  log.row('ada', 'created', `revision ${created.revision}`);

  const merges = await Promise.all([
    ada.sync.merge(SERVICE, ID, { checks: { camera: 'good' } }),
    ben.sync.merge(SERVICE, ID, { checks: { microphone: 'good' } }),
  ]);
  log.row('clerks', 'merged at once', `revisions ${merges.map(({ revision }) => revision).join(' and ')}`);

  const read = await ben.sync.get(SERVICE, ID);
  await ada.sync.merge(SERVICE, ID, { status: 'reviewed' });
  const conflict = await ben.sync.replace(SERVICE, ID, { ...read.data, flags: 1 }, read.revision).then(
    () => Promise.reject(new Error('A write with an old revision was accepted.')),
    (error) => error,
  );
  log.row('ben', conflict.code, `knew revision ${read.revision}, it is at ${conflict.currentRevision}`);

  const flag = (data) => ({ ...data, flags: data.flags + 1 });
  const updates = await Promise.all([ada.sync.update(SERVICE, ID, flag), ben.sync.update(SERVICE, ID, flag)]);
  log.row('clerks', 'updated at once', `revisions ${updates.map(({ revision }) => revision).join(' and ')}`);

  const last = await ben.sync.get(SERVICE, ID);
  const deleted = once(copy, 'delete', { signal: AbortSignal.timeout(TIMEOUT) });
  await ada.sync.delete(SERVICE, ID, last.revision);
  log.row('ada', 'deleted', `knew revision ${last.revision}`);
  await deleted;
  log.row('reader', 'deleted', `revision ${copy.revision}`);
  const missing = await ben.sync.get(SERVICE, ID).catch((error) => error);
  log.row('ben', missing.code, `${missing.method} ${missing.path}`);

  const rows = [
    ['status', 'reviewed', last.data.status],
    ['flags', 2, last.data.flags],
    ['checks', 'camera, microphone', Object.keys(last.data.checks).sort().join(', ')],
    ['revisions watched', '1 2 3 4 5 6', seen.join(' ')],
    ['conflict', 'REVISION_CONFLICT at 4', `${conflict.code} at ${conflict.currentRevision}`],
    ['deleted', 'NOT_FOUND at 7', `${missing.code} at ${copy.revision}`],
  ];
  log.table(['document', 'expected', 'found'], rows);
  const right = rows.every(([, expected, found]) => found === expected);
  log.verdict(right, right ? 'No write was lost, and the reader saw every one.' : 'The document is wrong.');
  return right;
}

module.exports = { liveADocument };
