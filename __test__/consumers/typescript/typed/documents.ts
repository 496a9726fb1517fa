/** Documents with a map from services to the types of their data. */

import type { LiveDocument, SyncDocument } from '@smarterservices/realtime';
import { client, type Documents, holds, type Same } from './client.js';

const { sync } = client;
type Note = Documents['notes'];

export async function use(): Promise<void> {
  const note = await sync.get('notes', 'n1');
  holds<Same<typeof note, SyncDocument<Note>>>();
  await sync.create('notes', { title: 'Milk', tags: [] });
  await sync.replace('notes', note.id, { title: 'Milk', tags: ['today'] }, note.revision);
  await sync.merge('notes', note.id, { title: 'Bread' });
  const mutated = await sync.mutate('notes', note.id, [{ op: 'push', path: '/tags', value: 'today' }]);
  holds<Same<typeof mutated.data, Note>>();
  const deleted = await sync.delete('notes', note.id);
  holds<Same<typeof deleted, SyncDocument<Note> | undefined>>();
  await sync.update('counters', 'visits', ({ count }) => ({ count: count + 1 }));
  for await (const { data } of sync.list('counters')) holds<Same<typeof data, { count: number }>>();
  for await (const { documents } of sync.list('notes').pages()) holds<Same<typeof documents, SyncDocument<Note>[]>>();
  const live = sync.watch('notes', 'n1');
  holds<Same<typeof live, LiveDocument<Note>>>();
  live.on('change', ({ data }) => holds<Same<typeof data, Note>>());

  // @ts-expect-error TS2345: "nots"' is not assignable to parameter of type '"
  await sync.get('nots', 'n1');
  // @ts-expect-error TS2345: "nots"' is not assignable to parameter of type '"
  sync.watch('nots', 'n1');
  // @ts-expect-error TS2322: Type 'number' is not assignable to type 'string'
  await sync.create('notes', { title: 1, tags: [] });
  // @ts-expect-error TS2345|TS2741: Property 'tags' is missing in type
  await sync.create('notes', { title: 'Milk' });
  // @ts-expect-error TS2561: Did you mean to write 'title'?
  await sync.merge('notes', 'n1', { titel: 'Bread' });
  // @ts-expect-error TS2322: Type 'string' is not assignable to type 'number'
  await sync.update('counters', 'visits', ({ count }) => ({ count: `${count}` }));
  // @ts-expect-error TS2551: Did you mean 'title'?
  console.log(note.data.titel, live.data?.title);
}
