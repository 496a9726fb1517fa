import { RealtimeClient } from '@smarterservices/realtime';
import { RealtimeProvider } from '@smarterservices/realtime/react';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';

import { Sessions } from './sessions.jsx';

// The address and the token come with the page's address here; a real page asks its server.
const parameters = new URLSearchParams(location.search);
const client = new RealtimeClient({
  url: parameters.get('url') ?? 'http://localhost:3000',
  token: parameters.get('token') ?? (async () => (await fetch('/token')).text()),
  reconnectionAttempts: Infinity,
});

createRoot(document.getElementById('root')).render(
  <StrictMode>
    <RealtimeProvider client={client}>
      <Sessions />
    </RealtimeProvider>
  </StrictMode>,
);
