/** The connected clients, with their subscriptions and channels. */

import { html, nothing } from 'lit-html';
import { repeat } from 'lit-html/directives/repeat.js';
import { call, ownId } from '../api.js';
import { copy, subscriptionCode } from '../code.js';
import { clock } from '../form.js';
import { Reading } from '../reading.js';
import { changed } from '../state.js';

/** More would slow the page down; the search finds the others. */
const MAX_SHOWN = 200;
const CHANGES = ['connected', 'disconnected', 'subscribed', 'unsubscribed', 'joined', 'left'];

const connections = new Reading(() => call('/_local/connections'), CHANGES);
let query = '';
/** The code that was copied last, and of which connection. @type {{ id: string, text: string } | undefined} */
let copied;

export function connectionsPanel() {
  const all = connections.keep().value ?? [];
  const found =
    query === '' ? all : all.filter((/** @type {any} */ one) => JSON.stringify(one).toLowerCase().includes(query));
  return html`
    <div class="bar">
      <input type="search" id="search" aria-label="Search" placeholder="Search ( / )" .value=${query}
        @input=${(/** @type {any} */ { target }) => {
          query = target.value.toLowerCase();
          changed();
        }}>
      <span class="muted" role="status">${all.length} connected${found.length > MAX_SHOWN ? `, the first ${MAX_SHOWN} of ${found.length} shown` : ''}</span>
    </div>
    ${all.length === 0 ? html`<p class="empty">Nobody is connected.</p>` : nothing}
    <div class="cards">${repeat(found.slice(0, MAX_SHOWN), (/** @type {any} */ { id }) => id, card)}</div>`;
}

/** @param {string} id of the connection @param {any} subscription */
function copySubscription(id, subscription) {
  const text = subscriptionCode(subscription);
  copied = { id, text };
  copy(text);
  changed();
}

/** @param {any} connection */
const card = ({ id, protocol, sub, connectedAt, subscriptions, channels }) => html`
  <article class="card" data-connection=${id}>
    <h3>${sub} ${id === ownId() ? html`<em>(this page)</em>` : nothing}</h3>
    <p class="muted">${protocol} since ${clock(connectedAt)} · <code>${id}</code></p>
    ${
      subscriptions.length > 0
        ? html`<table><thead><tr><th>Topic</th><th>Filter</th><th>Returns</th><th></th></tr></thead><tbody>${subscriptions.map(
            (/** @type {any} */ one) =>
              html`<tr><td>${one.topic}</td><td>${one.filter ? html`<code>${JSON.stringify(one.filter)}</code>` : 'all'}</td><td>${one.returnMode}</td><td><button type="button" data-copy="subscription" aria-label=${`Copy the subscription to ${one.topic} as code`} @click=${() => copySubscription(id, one)}>Copy</button></td></tr>`,
          )}</tbody></table>${copied?.id === id ? html`<pre class="code" tabindex="0">${copied?.text}</pre>` : nothing}`
        : html`<p class="muted">No subscriptions.</p>`
    }
    ${channels.length > 0 ? html`<p>Channels: ${channels.join(', ')}</p>` : nothing}
  </article>`;
