/** The schemas of a topic: versions with what changed, a new version, and a payload to try. */

import { html, nothing } from 'lit-html';
import { live } from 'lit-html/directives/live.js';
import { callWithToken } from '../api.js';
import { diffLines } from '../diff.js';
import { attempt, clock, counted, onSubmit, parseJson, pretty } from '../form.js';
import { payloadErrors } from '../payload-errors.js';
import { changeTopic, refusedOf, schemaOf, topicOf, topics, validate, versionsOf } from '../registry.js';
import { skeletonOf } from '../skeleton.js';
import { changed, notify } from '../state.js';

const FIRST = { type: 'object', required: [], properties: {}, additionalProperties: false };

let topic = '';
/** The version that is shown, 0 for the latest. */
let shown = 0;
/**
 * The new version, as the user edits it. Undefined: nothing was typed.
 *
 * @type {string | undefined}
 */
let draft;
/** The payload to try, likewise. @type {string | undefined} */
let payload;
/** What the last try said. @type {Awaited<ReturnType<typeof validate>> | undefined} */
let outcome;

/** @param {string} name */
function choose(name) {
  topic = name;
  shown = 0;
  draft = undefined;
  payload = undefined;
  outcome = undefined;
  changed();
}

/** Shows the schemas of a topic. @param {string} name */
export function openSchemas(name) {
  choose(name);
  location.hash = 'schemas';
}

/** @param {Record<string, string>} values */
async function register({ schema, mode }) {
  const body = { schema: parseJson(schema, 'The schema'), compatibilityMode: mode };
  const { version } = await callWithToken(`/api/schemas/${encodeURIComponent(topic)}`, { body });
  draft = undefined;
  shown = version;
  notify(`Registered version ${version}. It is not active yet.`);
}

/** @param {number} version */
const activate = (version) =>
  attempt(async () => {
    await changeTopic(topic, { activeSchemaVersion: version });
    topics.refresh();
    notify(`Payloads of ${topic} must fit version ${version} from now on.`);
  });

/** @param {Record<string, string>} values */
async function tryPayload({ payload, version }) {
  outcome = undefined;
  outcome = await validate(topic, parseJson(payload, 'The payload'), Number(version));
}

export function schemasPanel() {
  const known = topics.keep().value ?? [];
  if (topicOf(topic) === undefined && known.length > 0) choose(known[0].name);
  const versions = topic === '' ? [] : versionsOf(topic);
  const active = topicOf(topic)?.activeSchemaVersion ?? null;
  const entry = refusedOf(topic);
  if (known.length === 0)
    return html`<p class="empty">No topic is registered. <a href="#topics">Register one</a> to give it a schema.</p>`;
  return html`
    <div class="bar">
      <label>Topic <select id="schema-topic" .value=${live(topic)} @change=${(/** @type {any} */ { target }) => choose(target.value)}>
        ${known.map(({ name }) => html`<option value=${name} ?selected=${name === topic}>${name}</option>`)}</select></label>
      <span class="muted">${counted(versions.length, 'version')}, ${active === null ? 'none is active' : `version ${active} is active`}</span>
      ${entry ? html`<span class="bad" id="refused-count">${counted(entry.count, 'event')} refused</span>` : nothing}
    </div>
    <div class="split even">
      <div>
        <ul class="choices" id="versions">${versions
          .map(
            ({
              version,
              compatibilityMode,
              createdAt,
            }) => html`<li><button type="button" aria-current=${version === (shown || versions.length)} @click=${() => {
              shown = version;
              changed();
            }}><b>Version ${version}</b> ${version === active ? html`<span class="good">active</span>` : nothing}
            <span class="muted">${compatibilityMode === 'none' ? 'not compared' : 'compatible'}, ${clock(createdAt)}</span></button></li>`,
          )
          .reverse()}</ul>
        ${trial(versions, active)}
      </div>
      <div>${versions.length > 0 ? details(versions, shown || versions.length, active) : nothing}${editor(versions)}</div>
    </div>`;
}

/**
 * @param {import('../registry.js').Version[]} versions
 * @param {number} number
 * @param {number | null} active
 */
function details(versions, number, active) {
  const version = versions[number - 1] ?? versions[0];
  const before = versions[version.version - 2];
  return html`<section aria-label="Version">
    <div class="bar"><h2>Version ${version.version}</h2>
      ${version.version === active ? nothing : html`<button type="button" class="main" id="activate" @click=${() => activate(version.version)}>Activate</button>`}
      <button type="button" @click=${() => {
        draft = pretty(version.schema);
        changed();
      }}>Edit as a new version</button></div>
    <p class="muted">${before ? `What changed from version ${before.version}:` : 'The first version:'}</p>
    <pre class="diff" id="schema-diff" tabindex="0">${diffLines(
      before ? before.schema : version.schema,
      version.schema,
    ).map(
      ({ sign, text }) => html`<span class=${sign === '+' ? 'added' : sign === '-' ? 'removed' : ''}>${sign} ${text}
</span>`,
    )}</pre></section>`;
}

/** @param {import('../registry.js').Version[]} versions */
const editor = (
  versions,
) => html`<details ?open=${versions.length === 0 || draft !== undefined}><summary>New version</summary>
  <form class="stack" id="register" @submit=${onSubmit(register)}>
    <label>Schema, JSON Schema 2020-12 <textarea name="schema" rows="12" spellcheck="false" .value=${live(
      draft ?? pretty(versions.at(-1)?.schema ?? FIRST),
    )} @input=${(/** @type {any} */ { target }) => {
      draft = target.value;
    }}></textarea></label>
    <label>Compatibility with the latest version <select name="mode">
      <option value="backward">backward: it accepts what the latest one accepts</option><option value="none">none: not compared</option></select></label>
    <button class="main">Register</button></form></details>`;

/** @param {import('../registry.js').Version[]} versions @param {number | null} active */
function trial(versions, active) {
  if (versions.length === 0) return html`<p class="empty">The topic has no schema: register the first version.</p>`;
  return html`<h3>Try a payload</h3><form class="stack" id="trial" @submit=${onSubmit(tryPayload)}>
    <label>Payload, JSON <textarea name="payload" rows="6" spellcheck="false" .value=${live(
      payload ?? pretty(skeletonOf(schemaOf(topic)?.schema)),
    )} @input=${(/** @type {any} */ { target }) => {
      payload = target.value;
    }}></textarea></label>
    <label>Version <select name="version">${versions.map(
      ({ version }) =>
        html`<option value=${version} ?selected=${version === (active ?? versions.length)}>${version}</option>`,
    )}</select></label>
    <button>Validate</button></form>
    <div id="outcome" role="status">${
      outcome === undefined
        ? nothing
        : outcome.valid
          ? html`<p class="good">It fits version ${outcome.version}.</p>`
          : html`<p class="bad">It does not fit version ${outcome.version}:</p>${payloadErrors(outcome.errors ?? [])}`
    }</div>`;
}
