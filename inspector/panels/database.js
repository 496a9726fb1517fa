/** The database: its stream of changes, and the mappings with their latest events. */

import { html, nothing } from 'lit-html';
import { callWithToken } from '../api.js';
import { attempt, clock, counted, onSubmit } from '../form.js';
import { Reading } from '../reading.js';

const MAPPINGS = '/api/database/mappings';

const status = new Reading(() => callWithToken(`${MAPPINGS}/status`), ['database', 'published', 'gap', 'refused']);

/** @param {Record<string, string>} values @param {HTMLFormElement} form */
async function create({ table, topic, payload }, form) {
  const template = payload.trim() === '' ? undefined : JSON.parse(payload);
  await callWithToken(MAPPINGS, { body: { table, topic, payload: template } });
  form.reset();
  status.refresh();
}

/** @param {string} id */
const remove = (id) =>
  attempt(async () => {
    await callWithToken(`${MAPPINGS}/${encodeURIComponent(id)}`, { method: 'DELETE' });
    status.refresh();
  });

export function databasePanel() {
  const { value, error } = status.keep();
  if (value === undefined)
    return html`<p class="empty" id="database">${error || 'Reading the state of the database.'}</p>`;
  const { state, problem, address, slot, lagBytes, walStatus, transactions, changes, events, refused, mappings } =
    value;
  return html`
    <article class="card" id="database">
      <h3>${address} <b class=${state === 'streaming' ? 'good' : 'bad'}>${state}</b></h3>
      ${problem ? html`<p class="bad">${problem}</p>` : nothing}
      <p class="muted">slot ${slot}${walStatus ? ` (${walStatus})` : ''} · ${lagBytes ?? 'unknown'} bytes behind ·
        ${counted(transactions, 'transaction')}, ${counted(changes, 'change')}, ${counted(events, 'event')}, ${refused} refused</p>
    </article>
    <h3>Mappings</h3>
    ${mappings.length === 0 ? html`<p class="empty">None so far.</p>` : nothing}
    <div class="cards" id="mappings">${mappings.map(
      (/** @type {any} */ mapping) => html`<article class="card">
        <h3>${mapping.table} → ${mapping.topic} <b class=${mapping.state === 'live' ? 'good' : 'bad'}>${mapping.state}</b></h3>
        ${mapping.problem ? html`<p class="bad">${mapping.problem}</p>` : nothing}
        <p class="muted">${mapping.id} · ${counted(mapping.events, 'event')}${mapping.lastEventAt ? `, the latest ${clock(mapping.lastEventAt)}` : ''}</p>
        <div class="bar"><button type="button" @click=${() => remove(mapping.id)}>Delete</button></div></article>`,
    )}</div>
    <details ?open=${mappings.length === 0}><summary>New mapping</summary><form class="stack" id="mapping" @submit=${onSubmit(create)}>
      <label>Table <input name="table" required placeholder="orders"></label>
      <label>Topic <input name="topic" required placeholder="order.changed"></label>
      <label>Payload, JSON with $row.column; empty for the row <textarea name="payload" rows="3"></textarea></label>
      <button class="main">Create</button></form></details>`;
}
