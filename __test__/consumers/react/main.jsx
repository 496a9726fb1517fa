/** A page that Vite builds: shows the status of the latest event. */

import { RealtimeClient } from '@smarterservices/realtime/core';
import { RealtimeProvider, useConnection, useEvent } from '@smarterservices/realtime/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

const { url, token } = Object.fromEntries(new URLSearchParams(location.search));
const client = new RealtimeClient({ url, token, autoConnect: false });

function Status() {
  const { state } = useConnection();
  const event = useEvent('session.status');
  return (
    <p id="status">
      {state} {event?.payload.status ?? 'none'}
    </p>
  );
}

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <RealtimeProvider client={client}>
      <Status />
    </RealtimeProvider>
  </StrictMode>,
);
