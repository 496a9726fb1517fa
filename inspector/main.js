/** The page: its panels, keys, and the state of the connection to the platform. */

import { html, nothing, render } from 'lit-html';
import { BASE } from './api.js';
import { counted } from './form.js';
import { openLog } from './log.js';
import { channelsPanel } from './panels/channels.js';
import { connectionsPanel } from './panels/connections.js';
import { documentsPanel } from './panels/documents.js';
import { copySelected, eventsPanel, togglePause } from './panels/events.js';
import { faultsPanel } from './panels/faults.js';
import { publishPanel } from './panels/publish.js';
import { schemasPanel } from './panels/schemas.js';
import { tokensPanel } from './panels/tokens.js';
import { topicsPanel } from './panels/topics.js';
import { webhooksPanel } from './panels/webhooks.js';
import { changed, drawWith, notify, state } from './state.js';

/** In the order of their keys, 1 to 9 and 0. @type {Record<string, () => unknown>} */
const PANELS = {
  events: eventsPanel,
  connections: connectionsPanel,
  publish: publishPanel,
  documents: documentsPanel,
  channels: channelsPanel,
  webhooks: webhooksPanel,
  faults: faultsPanel,
  tokens: tokensPanel,
  topics: topicsPanel,
  schemas: schemasPanel,
};
const NAMES = Object.keys(PANELS);

function page() {
  return html`
    <header>
      <h1>Realtime inspector</h1>
      <span id="live" class=${state.isLive ? 'good' : 'bad'} role="status">${state.isLive ? 'live' : 'the platform is away; trying again'}</span>
      <span class="muted" id="received">${counted(state.received + state.skipped, 'event')}</span>
    </header>
    <nav aria-label="Panels">${NAMES.map(
      (name, index) =>
        html`<a href=${`#${name}`} aria-current=${name === state.panel ? 'page' : nothing} aria-keyshortcuts=${(index + 1) % 10}>${name}</a>`,
    )}</nav>
    <main data-panel=${state.panel}>
      ${state.notice ? html`<p class="notice" role="status" id="notice">${state.notice} <button type="button" class="close" aria-label="Dismiss" @click=${() => notify('')}>×</button></p>` : nothing}
      ${PANELS[state.panel]()}
    </main>
    <footer class="muted">${BASE} · keys: 1–9 and 0 panels, / search, p pause, up and down select, c copy, Esc leaves a field</footer>`;
}

function choosePanel() {
  const name = location.hash.slice(1);
  if (Object.hasOwn(PANELS, name)) state.panel = name;
  state.notice = '';
  changed();
}

/** @type {Record<string, () => void>} */
const KEYS = {
  '/': () => /** @type {HTMLElement | null} */ (document.querySelector('#search'))?.focus(),
  p: togglePause,
  c: () => copySelected(),
};

addEventListener('keydown', (event) => {
  const target = /** @type {HTMLElement} */ (event.target);
  const isField = target.matches('input, textarea, select');
  if (event.key === 'Escape' && isField) return target.blur();
  if (isField || event.ctrlKey || event.metaKey || event.altKey) return;
  const panel = /^\d$/.test(event.key) ? NAMES[(Number(event.key) + 9) % 10] : undefined;
  if (panel) location.hash = panel;
  else if (Object.hasOwn(KEYS, event.key)) {
    event.preventDefault();
    KEYS[event.key]();
  }
});
addEventListener('hashchange', choosePanel);
addEventListener('resize', changed);

const root = /** @type {HTMLElement} */ (document.querySelector('#app'));
root.replaceChildren();
drawWith(() => render(page(), root));
choosePanel();
openLog();
