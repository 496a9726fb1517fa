/** A page whose component is edited while it runs, by the runtime that Vite and webpack use. */

import './refresh.js';
import { RealtimeClient } from '@smarterservices/realtime';
import { RealtimeProvider, useDocument, useEvent, useEvents, usePresence } from '@smarterservices/realtime/react';
import { StrictMode, useState } from 'react';
import { createRoot } from 'react-dom/client';
import { createSignatureFunctionForTransform, performReactRefresh, register } from 'react-refresh/runtime';

const log = [];

/** A version of the component. @param {string} text @param {boolean} resets whether its state is lost */
function edition(text, resets) {
  function Panel() {
    const [first] = useState(text);
    const event = useEvent('session.status');
    const { ready } = useDocument('notes', 'n1');
    const { members } = usePresence('lobby');
    useEvents('session.status', ({ payload }) => log.push(`${text} ${payload.n}`));
    return (
      <p id="panel">
        {text} {first} {event?.payload.n ?? 'none'} {String(ready)} {members.length}
      </p>
    );
  }
  createSignatureFunctionForTransform()(Panel, 'the hooks', resets);
  register(Panel, 'hot.jsx Panel');
  return Panel;
}

Object.assign(window, {
  log,
  start: (options) => {
    const client = new RealtimeClient({ autoConnect: false, ...options });
    for (const method of ['connect', 'disconnect', 'subscribe', 'unsubscribe']) {
      const original = client[method].bind(client);
      client[method] = (...args) => {
        log.push(method);
        return original(...args);
      };
    }
    const Panel = edition('one', false);
    createRoot(document.getElementById('root')).render(
      <StrictMode>
        <RealtimeProvider client={client}>
          <Panel />
        </RealtimeProvider>
      </StrictMode>,
    );
  },
  edit: (text, resets) => {
    edition(text, resets);
    performReactRefresh();
  },
});
document.body.dataset.loaded = 'true';
