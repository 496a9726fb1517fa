/** What happens, as it happens: search, pause, details, and copies as code. */

import { html, nothing } from 'lit-html';
import { copy, LANGUAGES, subscriptionCode } from '../code.js';
import { clock, pretty } from '../form.js';
import { onRecord } from '../log.js';
import { changed, onTrimmed, state } from '../state.js';
import { VirtualList } from '../virtual-list.js';
import { fillPublish } from './publish.js';

/** @import { ActivityRecord } from '../state.js' */

const KINDS = {
  events: ['published', 'message', 'sampled'],
  connections: ['connected', 'disconnected', 'refused', 'subscribed', 'unsubscribed', 'joined', 'left'],
  everything: undefined,
};

const list = new VirtualList();
/** @type {keyof typeof KINDS} */
let kind = 'events';
let query = '';
/** What the search leaves over. @type {ActivityRecord[]} */
let found = [];
/** What is shown while the list is paused. @type {ActivityRecord[] | undefined} */
let paused;
/** @type {ActivityRecord | undefined} */
let selected;
let code = '';

/** @param {ActivityRecord} record */
function fits(record) {
  const types = KINDS[kind];
  if (types && !types.includes(record.type)) return false;
  return query === '' || JSON.stringify(record).toLowerCase().includes(query);
}

function search() {
  found = state.records.filter(fits);
  if (paused) paused = found;
  list.selected = selected ? found.indexOf(selected) : -1;
  changed();
}

onRecord((record) => {
  if (fits(record)) found.push(record);
});
onTrimmed(([oldest]) => {
  const from = found.findIndex(({ time }) => time >= oldest.time);
  found = from < 0 ? [] : found.slice(from);
  list.selected = selected ? (paused ?? found).indexOf(selected) : -1;
});

export function togglePause() {
  paused = paused ? undefined : [...found];
  changed();
}

/** @param {string} name of a language */
export function copySelected(name = 'test') {
  const event = selected?.event;
  if (!event) return;
  const { topic, payload, type, source } = event;
  code = LANGUAGES[name]({ topic, payload, type, source });
  copy(code);
}

/** The languages for a record. Nobody subscribes to the topic of a message. @param {ActivityRecord} record */
function languagesOf({ type, event }) {
  const names = Object.keys(LANGUAGES);
  return event ? names.filter((name) => name !== 'subscription' || type === 'published') : [];
}

/** @param {ActivityRecord} record */
function copySubscription({ subscription }) {
  code = subscriptionCode(subscription);
  copy(code);
}

export function eventsPanel() {
  const items = paused ?? found;
  return html`
    <div class="bar">
      <input type="search" id="search" aria-label="Search" placeholder="Search ( / )" .value=${query}
        @input=${(/** @type {any} */ { target }) => {
          query = target.value.toLowerCase();
          search();
        }}>
      <select aria-label="Kinds" .value=${kind} @change=${(/** @type {any} */ { target }) => {
        kind = target.value;
        search();
      }}>
        ${Object.keys(KINDS).map((name) => html`<option value=${name} ?selected=${name === kind}>${name}</option>`)}
      </select>
      <button type="button" id="pause" aria-pressed=${paused !== undefined} @click=${togglePause}>
        ${paused ? `Resume (${Math.max(0, found.length - paused.length)} new)` : 'Pause'}</button>
      <button type="button" @click=${() => {
        state.records.length = 0;
        selected = undefined;
        paused = undefined;
        search();
      }}>Clear</button>
      <span class="muted" role="status" id="counts">${items.length} shown${
        state.skipped > 0
          ? html`; <strong>sampled: ${state.skipped} more events were not sent to this page</strong>`
          : nothing
      }</span>
    </div>
    <div class=${selected ? 'split' : ''}>
      ${
        items.length === 0
          ? html`<p class="empty">Nothing yet. Publish an event, or connect a client.</p>`
          : list.view({
              label: 'Activity',
              items,
              row,
              onSelect: (index) => {
                selected = items[index];
                code = '';
              },
            })
      }
      ${selected ? details(selected) : nothing}
    </div>`;
}

/** @param {ActivityRecord} record */
const row = (record) =>
  html`<time>${clock(record.time)}</time><b class=${`kind ${record.type}`}>${record.type}</b><span class="what">${summary(record)}</span>`;

/** One line about a record. @param {ActivityRecord} record @returns {string} */
function summary(record) {
  const { connection } = record;
  switch (record.type) {
    case 'published':
      return `${record.event.topic} to ${record.receiverCount}${record.filteredCount ? `, ${record.filteredCount} filtered out` : ''}  ${JSON.stringify(record.event.payload)}`;
    case 'message':
      return `${record.event.topic} ${record.event.type} to ${record.receiverCount}  ${JSON.stringify(record.event.payload)}`;
    case 'connected':
      return `${connection.sub} over ${connection.protocol}, ${connection.id}`;
    case 'disconnected':
      return `${connection.sub} after ${Math.round(record.durationMs / 1000)} s: ${record.reason}`;
    case 'refused':
      return `${record.what}: ${record.reason}`;
    case 'subscribed':
    case 'unsubscribed':
      return `${connection.sub}: ${record.subscription.topic} ${record.subscription.filter ? JSON.stringify(record.subscription.filter) : ''}`;
    case 'joined':
    case 'left':
      return `${connection.sub}: ${record.channel}, ${record.memberCount} there`;
    case 'document':
      return `${record.document.service}/${record.document.id} ${record.operation}, revision ${record.document.revision}`;
    case 'webhook':
      return `${record.attempt.event}, attempt ${record.attempt.attempt}: ${record.attempt.status ?? record.attempt.error}`;
    case 'fault':
      return `${record.name} ${record.options ? JSON.stringify(record.options) : ''}`;
    default:
      return `${record.skipped} events left out: more came than the page can take`;
  }
}

/** @param {ActivityRecord} record */
function details(record) {
  const { event } = record;
  return html`<section class="details" aria-label="Details">
    <div class="bar"><h2>${record.type}</h2>
      ${languagesOf(record).map((name) => html`<button type="button" data-copy=${name} @click=${() => copySelected(name)}>Copy as ${name}</button>`)}
      ${record.subscription ? html`<button type="button" data-copy="subscription" @click=${() => copySubscription(record)}>Copy as subscription</button>` : nothing}
      ${
        event && record.type === 'published'
          ? html`<button type="button" @click=${() => {
              fillPublish(event);
              location.hash = 'publish';
            }}>Edit and publish</button>`
          : nothing
      }
      <button type="button" class="close" aria-label="Close details" @click=${() => {
        selected = undefined;
        list.selected = -1;
        changed();
      }}>×</button></div>
    ${code ? html`<pre class="code" id="code" tabindex="0">${code}</pre>` : nothing}
    ${
      event
        ? html`<h3>Received by ${record.receiverCount}</h3>
          <ul>${record.receivers.map((/** @type {any} */ { id, sub }) => html`<li>${sub} <code>${id}</code></li>`)}</ul>
          ${
            record.filteredCount
              ? html`<h3>Filtered out ${record.filteredCount}</h3><ul id="filtered">${record.filtered.map(
                  (/** @type {any} */ { id, sub, filter }) =>
                    html`<li>${sub} <code>${id}</code> wants <code>${JSON.stringify(filter)}</code></li>`,
                )}</ul>`
              : nothing
          }`
        : nothing
    }
    <pre tabindex="0">${pretty(event ?? record)}</pre>
  </section>`;
}
