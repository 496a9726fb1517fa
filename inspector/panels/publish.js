/** Publishes an event to a topic, beginning with one of its last payloads. */

import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { callWithToken } from '../api.js';
import { onSubmit, parseJson, pretty } from '../form.js';
import { changed, state } from '../state.js';

const form = { topic: '', payload: '{}', source: 'database', type: '' };

/** @param {{ topic: string, payload: unknown, source: string, type: string }} event */
export function fillPublish({ topic, payload, source, type }) {
  Object.assign(form, { topic, payload: pretty(payload), source, type });
}

// The event that was published last, and its record: the log may send it after the answer.
/** @type {{ id: string, record: import('../state.js').ActivityRecord | undefined } | undefined} */
let published;

/** @param {{ id: string, record: any }} last */
function outcome(last) {
  last.record ??= state.records.findLast(({ event }) => event?.id === last.id);
  const { record } = last;
  const audience = record ? `, received by ${record.receiverCount}, filtered out by ${record.filteredCount}` : '';
  return html`<p role="status" id="published">Published <code>${last.id}</code>${audience}.</p>`;
}

/** @param {Record<string, string>} values */
async function publish({ topic, payload, source, type }) {
  const body = { payload: parseJson(payload, 'The payload'), source, ...(type && { type }) };
  const { id } = await callWithToken(`/api/topics/${encodeURIComponent(topic)}/events`, { body });
  published = { id, record: undefined };
}

/** @param {keyof typeof form} name */
const keep =
  (name) =>
  (/** @type {any} */ { target }) => {
    form[name] = target.value;
    changed();
  };

export function publishPanel() {
  const last = state.payloads.get(form.topic) ?? [];
  return html`
    <form class="stack" @submit=${onSubmit(publish)}>
      <label>Topic <input name="topic" required list="topics" .value=${live(form.topic)} @input=${keep('topic')} autocomplete="off"></label>
      <datalist id="topics">${[...state.payloads.keys()].map((topic) => html`<option value=${topic}></option>`)}</datalist>
      <div class="pair">
        <label>Source <select name="source" .value=${live(form.source)} @change=${keep('source')}>
          ${['database', 'sync', 'socket'].map((name) => html`<option value=${name} ?selected=${name === form.source}>${name}</option>`)}
        </select></label>
        <label>Type <input name="type" placeholder="by source" .value=${live(form.type)} @input=${keep('type')}></label>
      </div>
      <label>Payload, JSON <textarea name="payload" rows="10" spellcheck="false" .value=${live(form.payload)} @input=${keep('payload')}></textarea></label>
      <button class="main">Publish</button>
    </form>
    ${published ? outcome(published) : nothing}
    ${
      last.length > 0
        ? html`<h3>Last payloads of ${form.topic}</h3><ul class="choices" id="payloads">${last.map(
            (payload) =>
              html`<li><button type="button" @click=${() => {
                form.payload = pretty(payload);
                changed();
              }}>${JSON.stringify(payload)}</button></li>`,
          )}</ul>`
        : nothing
    }`;
}
