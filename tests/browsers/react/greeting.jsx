/** What a server renders, and the page continues. */

import { useConnection, useDocument, useEvent, useEvents, usePresence } from '@smarterservices/realtime/react';

export function Greeting() {
  const { state } = useConnection();
  const event = useEvent('session.status');
  const { data, ready } = useDocument('notes', 'n1');
  const { members } = usePresence('lobby');
  useEvents('session.status', () => {});
  return (
    <main>
      <p id="state">{state}</p>
      <p id="latest">{event ? String(event.payload.n) : 'none'}</p>
      <p id="note">{ready ? String(data?.text) : 'unread'}</p>
      <p id="members">{members.length}</p>
    </main>
  );
}
