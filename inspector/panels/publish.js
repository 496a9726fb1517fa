/**
 * Publishes an event to a topic, beginning with what its schema requires, or with one of its last
 * payloads. What does not fit the schema is shown before anything is sent.
 */

import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { callWithToken } from '../api.js';
import { onSubmit, parseJson, pretty } from '../form.js';
import { payloadErrors } from '../payload-errors.js';
import { schemaOf, topics, validate } from '../registry.js';
import { skeletonOf } from '../skeleton.js';
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

/** What the last check found, and what was checked. */
const check = { key: '', outcome: /** @type {Awaited<ReturnType<typeof validate>> | undefined} */ (undefined) };
/** What the page has filled in itself: the user has nothing to lose. */
let filled = '{}';

/**
 * Begins with what the schema requires, as long as the user has typed nothing.
 *
 * @param {any} schema
 */
function fillFrom(schema) {
  const text = pretty(skeletonOf(schema));
  if (form.payload !== filled || text === filled) return;
  form.payload = text;
  filled = text;
}

/**
 * Compares the payload with the schema, once for each payload and version.
 *
 * @param {number} version
 */
async function compare(version) {
  const key = JSON.stringify([form.topic, version, form.payload]);
  if (check.key === key) return;
  check.key = key;
  let payload;
  try {
    payload = JSON.parse(form.payload);
  } catch {
    // The form says so when it is sent.
    check.outcome = undefined;
    return;
  }
  const outcome = await validate(form.topic, payload, version).catch(() => undefined);
  // The user may have typed meanwhile.
  if (check.key !== key) return;
  check.outcome = outcome;
  changed();
}

/** What the schema of the topic says about the payload. */
function fit() {
  const version = schemaOf(form.topic);
  if (version === undefined) return nothing;
  fillFrom(version.schema);
  compare(version.version);
  const { outcome } = check;
  if (outcome?.version !== version.version) return nothing;
  return outcome.valid
    ? html`<p class="good">It fits version ${version.version} of the schema.</p>`
    : html`<p class="bad">It does not fit version ${version.version} of the schema:</p>${payloadErrors(outcome.errors ?? [])}`;
}

/** Topics to choose from: those with events, and the registered ones. */
const knownTopics = () => new Set([...state.payloads.keys(), ...(topics.keep().value ?? []).map(({ name }) => name)]);

/** @param {keyof typeof form} name */
const keep =
  (name) =>
  (/** @type {any} */ { target }) => {
    form[name] = target.value;
    changed();
  };

export function publishPanel() {
  const last = state.payloads.get(form.topic) ?? [];
  const fits = fit();
  return html`
    <form class="stack" @submit=${onSubmit(publish)}>
      <label>Topic <input name="topic" required list="topics" .value=${live(form.topic)} @input=${keep('topic')} autocomplete="off"></label>
      <datalist id="topics">${[...knownTopics()].map((topic) => html`<option value=${topic}></option>`)}</datalist>
      <div class="pair">
        <label>Source <select name="source" .value=${live(form.source)} @change=${keep('source')}>
          ${['database', 'sync', 'socket'].map((name) => html`<option value=${name} ?selected=${name === form.source}>${name}</option>`)}
        </select></label>
        <label>Type <input name="type" placeholder="by source" .value=${live(form.type)} @input=${keep('type')}></label>
      </div>
      <label>Payload, JSON <textarea name="payload" rows="10" spellcheck="false" .value=${live(form.payload)} @input=${keep('payload')}></textarea></label>
      <div id="fit" role="status">${fits}</div>
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
