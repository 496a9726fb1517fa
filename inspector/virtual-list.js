/** A list of any length that draws only the rows in view. Rows have one height. */

import { html } from 'lit-html';
import { ref } from 'lit-html/directives/ref.js';
import { changed } from './state.js';

/** The height of a row in pixels, as in the style sheet. */
const ROW = 30;
const MARGIN = 8;

export class VirtualList {
  /** @type {HTMLElement | undefined} */
  #element;
  /** Follows the end while the user is there. */
  #follows = true;
  selected = -1;
  /** One function for every rendering. @param {Element | undefined} element */
  #attach = (element) => {
    this.#element = /** @type {HTMLElement | undefined} */ (element);
    // The height was a guess at first.
    if (element) changed();
  };

  /**
   * @param {object} list
   * @param {string} list.label
   * @param {readonly any[]} list.items
   * @param {(item: any) => unknown} list.row the content of a row
   * @param {(index: number) => void} list.onSelect
   */
  view({ label, items, row, onSelect }) {
    const height = this.#element?.clientHeight ?? 600;
    const bottom = Math.max(0, items.length * ROW - height);
    const top = this.#follows ? bottom : Math.min(this.#element?.scrollTop ?? 0, bottom);
    const first = Math.max(0, Math.floor(top / ROW) - MARGIN);
    const last = Math.min(items.length, Math.ceil((top + height) / ROW) + MARGIN);
    // After this rendering: the content has its new height by then.
    if (this.#follows) queueMicrotask(() => this.#element?.scrollTo(0, bottom));
    return html`<div class="list" role="listbox" tabindex="0" aria-label=${label} data-count=${items.length}
        aria-activedescendant=${this.selected < 0 ? '' : `row-${this.selected}`}
        ${ref(this.#attach)}
        @scroll=${() => this.#scrolled()} @keydown=${(/** @type {KeyboardEvent} */ event) => this.#key(event, items.length, onSelect)}>
      <div class="filler" .style=${`height:${items.length * ROW}px`}>
        <div class="rows" .style=${`transform:translateY(${first * ROW}px)`}>
          ${items.slice(first, last).map((item, offset) => {
            const index = first + offset;
            return html`<div class="row" role="option" id=${`row-${index}`} aria-selected=${index === this.selected}
              aria-posinset=${index + 1} aria-setsize=${items.length}
              @click=${() => this.#select(index, onSelect)}>${row(item)}</div>`;
          })}
        </div>
      </div>
    </div>`;
  }

  #scrolled() {
    const element = this.#element;
    if (!element) return;
    this.#follows = element.scrollHeight - element.scrollTop - element.clientHeight < ROW;
    changed();
  }

  /** @param {number} index @param {(index: number) => void} onSelect */
  #select(index, onSelect) {
    this.selected = index;
    this.#follows = false;
    onSelect(index);
    changed();
  }

  /** @param {KeyboardEvent} event @param {number} length @param {(index: number) => void} onSelect */
  #key(event, length, onSelect) {
    const page = Math.floor((this.#element?.clientHeight ?? 0) / ROW);
    /** @type {Record<string, number>} */
    const steps = { ArrowDown: 1, j: 1, ArrowUp: -1, k: -1, PageDown: page, PageUp: -page, Home: -length, End: length };
    const step = steps[event.key];
    if (step === undefined || length === 0) return;
    event.preventDefault();
    const from = this.selected < 0 ? (step > 0 ? -1 : length) : this.selected;
    const index = Math.min(length - 1, Math.max(0, from + step));
    this.#select(index, onSelect);
    const element = /** @type {HTMLElement} */ (this.#element);
    if (index * ROW < element.scrollTop) element.scrollTop = index * ROW;
    const end = (index + 1) * ROW - element.clientHeight;
    if (end > element.scrollTop) element.scrollTop = end;
  }
}
