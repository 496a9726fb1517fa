/**
 * The registered topics: what they are for, the active version of their schema, and what it
 * refused.
 */

import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { callWithToken } from '../api.js';
import { attempt, clock, counted, onSubmit } from '../form.js';
import { payloadErrors } from '../payload-errors.js';
import { changeTopic, refused, refusedOf, topicOf, topics, versionsOf } from '../registry.js';
import { changed, notify } from '../state.js';
import { openSchemas } from './schemas.js';

let selected = '';

/** @param {Record<string, string>} values @param {HTMLFormElement} form */
async function create({ name, description, owner }, form) {
  await callWithToken('/api/topics', { body: { name, description, owner } });
  selected = name;
  topics.refresh();
  notify(`Registered ${name}.`);
  form.reset();
}

/** @param {Record<string, string>} values */
async function save({ description, owner }) {
  await changeTopic(selected, { description, owner });
  topics.refresh();
  notify('Saved.');
}

/** @param {string} version as the field has it: empty for none */
const activate = (version) =>
  attempt(async () => {
    await changeTopic(selected, { activeSchemaVersion: version === '' ? null : Number(version) });
    topics.refresh();
  });

const remove = () =>
  attempt(async () => {
    await callWithToken(`/api/topics/${encodeURIComponent(selected)}`, { method: 'DELETE' });
    notify(`Deleted ${selected}. Its schemas stay.`);
    selected = '';
    topics.refresh();
  });

export function topicsPanel() {
  const known = topics.keep().value ?? [];
  const topic = topicOf(selected);
  return html`
    <div class="split even">
      <div>
        <p class="muted" role="status">${counted(known.length, 'topic')} ${topics.error}</p>
        <ul class="choices" id="topic-list">${known.map(
          ({
            name,
            activeSchemaVersion,
          }) => html`<li><button type="button" aria-current=${name === selected} @click=${() => {
            selected = name;
            changed();
          }}><b>${name}</b> <span class="muted">${activeSchemaVersion === null ? 'not validated' : `version ${activeSchemaVersion}`}</span>
          ${refusedOf(name) ? html`<span class="bad">${refusedOf(name)?.count} refused</span>` : nothing}</button></li>`,
        )}</ul>
        <details ?open=${topics.value !== undefined && known.length === 0}><summary>New topic</summary><form class="stack" id="new-topic" @submit=${onSubmit(create)}>
          <label>Name, such as order.updated <input name="name" required autocomplete="off"></label>
          <label>Description <input name="description" required></label>
          <label>Owner <input name="owner" required></label>
          <button class="main">Register</button></form></details>
      </div>
      ${topic ? details(topic) : html`<p class="empty">Choose a topic. A topic need not be registered to be used.</p>`}
    </div>`;
}

/** @param {import('../registry.js').Topic} topic */
function details({ name, description, owner, activeSchemaVersion, createdAt }) {
  const entry = refusedOf(name);
  return html`<section class="details" aria-label="Topic">
    <div class="bar"><h2>${name}</h2><span class="muted">since ${clock(createdAt)}</span></div>
    <div class="bar">
      <label>Active version of the schema <select id="active" .value=${live(String(activeSchemaVersion ?? ''))} @change=${(
        /** @type {any} */ { target },
      ) => activate(target.value)}>
        <option value="" ?selected=${activeSchemaVersion === null}>none: not validated</option>
        ${versionsOf(name).map(({ version }) => html`<option value=${version} ?selected=${version === activeSchemaVersion}>${version}</option>`)}
      </select></label>
      <button type="button" @click=${() => openSchemas(name)}>Schemas</button>
    </div>
    <form class="stack" @submit=${onSubmit(save)}>
      <label>Description <textarea name="description" rows="2" required .value=${description}></textarea></label>
      <label>Owner <input name="owner" required .value=${owner}></label>
      <div class="bar"><button class="main">Save</button><button type="button" @click=${remove}>Delete</button></div>
    </form>
    <h3>Refused payloads</h3>
    <div id="refused">${
      entry
        ? html`<p class="bad">${counted(entry.count, 'event')}, the last one at ${clock(entry.lastAt)} by version ${entry.lastVersion}:</p>${payloadErrors(entry.lastErrors)}`
        : html`<p class="muted">None. ${refused.error}</p>`
    }</div>
  </section>`;
}
