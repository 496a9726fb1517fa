/** Documents: view, edit with the revision that was read, and the history with its differences. */

import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { call, realtime } from '../api.js';
import { diffLines } from '../diff.js';
import { attempt, clock, counted, onSubmit, parseJson, pretty } from '../form.js';
import { onRecord } from '../log.js';
import { Reading } from '../reading.js';
import { changed, notify, state } from '../state.js';

/** How many documents of a service the page lists. */
const MAX_LISTED = 500;

let service = '';
/** The document that is open. @type {any} */
let open;
/** Its text, as the user edits it. */
let text = '';
/** The revision of a write that came after the document was read, 0 for none. */
let newer = 0;

const services = new Reading(() => call('/_local/services'), ['document']);
const documents = new Reading(async () => {
  /** @type {any[]} */
  const found = [];
  if (service === '') return found;
  for await (const document of realtime().sync.list(service)) if (found.push(document) >= MAX_LISTED) break;
  return found;
}, ['document']);

onRecord(({ type, document, operation }) => {
  if (type !== 'document' || open?.service !== document.service || open.id !== document.id) return;
  if (document.revision <= open.revision) return;
  const isUntouched = text === pretty(open.data) && operation !== 'deleted';
  if (isUntouched) show(document);
  else newer = document.revision;
});

/** @param {any} document */
function show(document) {
  open = document;
  text = pretty(document.data);
  newer = 0;
  changed();
}

const read = (/** @type {string} */ id) =>
  attempt(async () => {
    const before = text;
    const document = await realtime().sync.get(service, id);
    const isEdited = open?.service === service && open.id === id && text !== before;
    if (!isEdited) return show(document);
    // What the user typed meanwhile stays.
    if (document.revision > open.revision) newer = document.revision;
    changed();
  });

const save = () =>
  attempt(async () => {
    const data = parseJson(text, 'The document');
    try {
      show(await realtime().sync.replace(open.service, open.id, data, open.revision));
      notify(`Saved as revision ${open.revision}.`);
    } catch (error) {
      const { code, currentRevision } = /** @type {any} */ (error);
      if (code !== 'REVISION_CONFLICT') throw error;
      newer = currentRevision;
      notify(`Conflict: you edited revision ${open.revision}, and revision ${currentRevision} is there now.`);
    }
  });

const remove = () =>
  attempt(async () => {
    await realtime().sync.delete(open.service, open.id, open.revision);
    notify(`Deleted ${open.service}/${open.id}.`);
    open = undefined;
  });

/** @param {Record<string, string>} values @param {HTMLFormElement} form */
async function create(values, form) {
  const document = await realtime().sync.create(
    values.service,
    parseJson(values.data, 'The data'),
    values.id || undefined,
  );
  service = values.service;
  documents.refresh();
  form.reset();
  show(document);
}

export function documentsPanel() {
  const known = services.keep().value ?? [];
  if (!known.includes(service) && known.length > 0 && !open) {
    service = known[0];
    documents.refresh();
  }
  const found = documents.keep().value ?? [];
  return html`
    <div class="bar">
      <label>Service <select id="service" .value=${live(service)} @change=${(/** @type {any} */ { target }) => {
        service = target.value;
        open = undefined;
        documents.refresh();
      }}>${known.map((/** @type {string} */ name) => html`<option value=${name} ?selected=${name === service}>${name}</option>`)}</select></label>
      <span class="muted">${found.length === MAX_LISTED ? `the first ${MAX_LISTED} documents` : counted(found.length, 'document')} ${documents.error}</span>
    </div>
    <div class="split even">
      <div>
        <ul class="choices" id="documents">${found.map(
          (
            document,
          ) => html`<li><button type="button" aria-current=${document.id === open?.id} @click=${() => read(document.id)}>
            <b>${document.id}</b> <span class="muted">revision ${document.revision}</span></button></li>`,
        )}</ul>
        <details><summary>New document</summary><form class="stack" id="create" @submit=${onSubmit(create)}>
          <label>Service <input name="service" required .value=${service}></label>
          <label>ID <input name="id" placeholder="a new one"></label>
          <label>Data, JSON <textarea name="data" rows="3" spellcheck="false">{}</textarea></label>
          <button class="main">Create</button></form></details>
      </div>
      ${open ? editor() : html`<p class="empty">Choose a document.</p>`}
    </div>`;
}

const editor = () => html`<section aria-label="Document">
  <div class="bar"><h2>${open.id}</h2><span id="revision" class="muted">revision ${open.revision}, ${clock(open.updatedAt)}</span></div>
  ${
    newer > open.revision
      ? html`<p class="warning" role="alert">Revision ${newer} was written meanwhile.
        <button type="button" @click=${() => read(open.id)}>Load it, and discard this text</button></p>`
      : nothing
  }
  <textarea id="document" aria-label="Data, JSON" rows="10" spellcheck="false" .value=${live(text)} @input=${(
    /** @type {any} */ { target },
  ) => {
    text = target.value;
  }}></textarea>
  <div class="bar"><button type="button" class="main" @click=${save}>Save</button><button type="button" @click=${remove}>Delete</button></div>
  <h3>History</h3>
  <div id="history">${history()}</div>
</section>`;

/** The revisions that the page knows, the latest first. */
function history() {
  const known = state.revisions.get(JSON.stringify([open.service, open.id])) ?? [];
  return known
    .map((revision, index) => {
      const before = known[index - 1];
      // Without the revision before, everything would look new.
      const isNext = revision.revision === 1 || before?.revision === revision.revision - 1;
      return html`<details ?open=${index === known.length - 1}>
        <summary>${revision.operation} as revision ${revision.revision}, ${clock(revision.time)}</summary>
        ${isNext ? nothing : html`<p class="muted">The page does not know the revision before.</p>`}
        <pre class="diff">${diffLines(isNext ? before?.data : revision.data, revision.data).map(
          ({ sign, text }) => html`<span class=${sign === '+' ? 'added' : sign === '-' ? 'removed' : ''}>${sign} ${text}
</span>`,
        )}</pre></details>`;
    })
    .reverse();
}
