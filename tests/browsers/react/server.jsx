/** What a server does: renders a page with a client of the module, prints the HTML, and ends. */

import { RealtimeClient } from '@smarterservices/realtime';
import { RealtimeProvider } from '@smarterservices/realtime/react';
import { StrictMode, version } from 'react';
import { renderToString } from 'react-dom/server';

import { Greeting } from './greeting.jsx';

const { REALTIME_URL: url, REALTIME_TOKEN: token } = process.env;
const client = new RealtimeClient({ url, token, autoConnect: false });
const html = renderToString(
  <StrictMode>
    <RealtimeProvider client={client}>
      <Greeting />
    </RealtimeProvider>
  </StrictMode>,
);
console.log(JSON.stringify({ version, html, state: client.state, subscriptions: client.stats().subscriptions }));
