/** Webhook endpoints, and their deliveries with request, response and resend. */

import { html, nothing } from 'lit-html';
import { call, callWithToken } from '../api.js';
import { attempt, clock, onSubmit, pretty } from '../form.js';
import { Reading } from '../reading.js';
import { changed, notify, state } from '../state.js';

/** How many attempts are shown. */
const MAX_SHOWN = 100;
const SCHEMES = ['realtime', 'standard-webhooks', 't-v1'];

const endpoints = new Reading(() => callWithToken('/api/webhooks'), ['webhook']);
/** @type {any} */
let selected;

/** @param {Record<string, string>} values @param {HTMLFormElement} form */
async function create({ url, secret, events, scheme }, form) {
  const wanted = events
    .split(',')
    .map((name) => name.trim())
    .filter(Boolean);
  await callWithToken('/api/webhooks', { body: { url, secret, events: wanted, scheme } });
  form.reset();
  endpoints.refresh();
}

/** @param {string} path @param {string} method */
const change = (path, method) =>
  attempt(async () => {
    await callWithToken(`/api/webhooks/${path}`, { method });
    endpoints.refresh();
  });

/** @param {any} record */
const resend = ({ attempt: { webhookId, event }, request }) =>
  attempt(async () => {
    await call(`/_local/webhooks/${webhookId}/resend`, { body: { type: event, event: JSON.parse(request.body) } });
    notify('Sent again, as a new delivery.');
  });

export function webhooksPanel() {
  const known = endpoints.keep().value ?? [];
  const attempts = state.records
    .filter(({ type }) => type === 'webhook')
    .slice(-MAX_SHOWN)
    .reverse();
  return html`
    <div class="cards" id="endpoints">${known.map(
      (/** @type {any} */ { id, url, events, scheme, active }) => html`<article class="card">
        <h3>${url}</h3><p class="muted">${events.join(', ')} · signed as ${scheme} · ${active ? 'active' : 'not active'}</p>
        <div class="bar"><button type="button" @click=${() => change(`${id}/${active ? 'deactivate' : 'activate'}`, 'POST')}>${active ? 'Deactivate' : 'Activate'}</button>
        <button type="button" @click=${() => change(id, 'DELETE')}>Delete</button></div></article>`,
    )}</div>
    <details ?open=${known.length === 0}><summary>New endpoint</summary><form class="stack" id="endpoint" @submit=${onSubmit(create)}>
      <label>URL <input name="url" type="url" required></label>
      <label>Secret <input name="secret" required autocomplete="off"></label>
      <label>Events, topics or types, with commas <input name="events" required value="document.updated"></label>
      <label>Signature <select name="scheme">${SCHEMES.map((name) => html`<option>${name}</option>`)}</select></label>
      <button class="main">Create</button></form></details>
    <h3>Deliveries since this page was opened</h3>
    ${attempts.length === 0 ? html`<p class="empty">None so far.</p>` : nothing}
    <div class="split even">
      <ul class="choices" id="attempts">${attempts.map(
        (record) => html`<li><button type="button" aria-current=${record === selected} @click=${() => {
          selected = record;
          changed();
        }}>${clock(record.time)} <b class=${record.attempt.status < 300 ? 'good' : 'bad'}>${record.attempt.status ?? 'no answer'}</b>
          ${record.attempt.event}, attempt ${record.attempt.attempt}</button></li>`,
      )}</ul>
      ${
        selected
          ? html`<section class="details" aria-label="Delivery">
        <div class="bar"><h2>${selected.attempt.deliveryId}</h2><button type="button" id="resend" @click=${() => resend(selected)}>Resend</button></div>
        <h3>Request</h3><pre tabindex="0">POST ${selected.request.url}
${Object.entries(selected.request.headers).map(([name, value]) => `${name}: ${value}\n`)}
${pretty(JSON.parse(selected.request.body))}</pre>
        <h3>Response after ${selected.attempt.durationMs} ms</h3>
        <pre id="response" tabindex="0">${selected.attempt.status ?? selected.attempt.error}
${selected.attempt.responseBody ?? ''}</pre></section>`
          : nothing
      }
    </div>`;
}
