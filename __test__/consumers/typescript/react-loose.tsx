/** The types of the hooks, for a client whose topics are not registered, and one without documents. */

import { RealtimeClient } from '@smarterservices/realtime/core';
import { RealtimeProvider, useEvent, useRealtimeClient } from '@smarterservices/realtime/react';

const client = new RealtimeClient({ url: 'http://localhost:3000', token: 'token' });

function Status() {
  const payload: Record<string, unknown> | undefined = useEvent('session.status')?.payload;
  useRealtimeClient().sync.get('notes', 'n1');
  return String(payload?.status);
}

export const page = (
  <RealtimeProvider client={client} connect={false}>
    <Status />
  </RealtimeProvider>
);
