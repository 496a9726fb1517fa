/** Documents over REST, and documents that follow the server. */

import { equal, errorOf, ok } from '../kit/expect.js';

export const documents = [
  {
    name: 'creates, reads, changes and deletes a document',
    async body(kit) {
      const platform = await kit.platform();
      const { sync } = kit.client(platform, { autoConnect: false });
      const { revision } = await sync.create('notes', { title: 'Milk', tags: [] }, 'n/1 ü');
      equal(revision, 1);
      const merged = await sync.merge('notes', 'n/1 ü', { done: true }, 1);
      equal(merged.data, { title: 'Milk', tags: [], done: true });
      const mutated = await sync.mutate('notes', 'n/1 ü', [{ op: 'push', path: '/tags', value: 'today' }]);
      equal([mutated.revision, mutated.data.tags], [3, ['today']]);
      const conflict = await errorOf(sync.replace('notes', 'n/1 ü', {}, 1));
      equal([conflict.code, conflict.status, conflict.document.revision], ['REVISION_CONFLICT', 409, 3]);
      const updated = await sync.update('notes', 'n/1 ü', (data) => ({ ...data, title: 'Oats' }));
      equal(updated.data.title, 'Oats');
      const listed = [];
      for await (const { id } of sync.list('notes', { limit: 1 })) listed.push(id);
      equal(listed, ['n/1 ü']);
      equal((await sync.delete('notes', 'n/1 ü')).deleted, true);
      equal((await errorOf(sync.get('notes', 'n/1 ü'))).code, 'NOT_FOUND');
    },
  },
  {
    name: 'a request can be aborted',
    async body(kit) {
      const platform = await kit.platform();
      const { sync } = kit.client(platform, { autoConnect: false });
      const controller = new AbortController();
      const reading = errorOf(sync.get('notes', 'n1', { signal: controller.signal }));
      controller.abort();
      equal((await reading).code, 'ABORTED');
    },
  },
  {
    name: 'watch follows a document, also over a lost connection',
    async body(kit) {
      const platform = await kit.platform();
      const { client, log } = kit.observed(platform);
      const { id } = await client.sync.create('notes', { count: 0 });
      const note = client.sync.watch('notes', id);
      const changes = kit.log(note, ['change', 'delete', 'error']);
      await note.ready();
      // The first change comes with the first read, and the subscription may still be on its way.
      await platform.call('subscribed', 'sync.notes.updated');
      await platform.call('documents.merge', 'notes', id, { data: { count: 1 } });
      const { isLocal } = await changes.seen('change', ({ data }) => data.count === 1);
      equal(isLocal, false, 'isLocal of a foreign write');
      await client.sync.merge('notes', id, { count: 2 });
      await changes.seen('change', ({ data, isLocal }) => data.count === 2 && isLocal);
      const { state } = client;
      await platform.call('faults.dropAll');
      await platform.call('documents.merge', 'notes', id, { data: { count: 3 } });
      await changes.seen('change', ({ data }) => data.count === 3);
      await platform.call('documents.delete', 'notes', id);
      await changes.seen('delete');
      equal([state, note.deleted], ['connected', true]);
      const revisions = changes.all('change').map(({ revision }) => revision);
      ok(
        revisions.every((revision, index) => index === 0 || revision > revisions[index - 1]),
        `revisions increase: ${revisions}`,
      );
      equal([changes.all('error'), log.all('error')], [[], []]);
      note.close();
    },
  },
];
