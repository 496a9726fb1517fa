/** What checks with schemas: a program without schemas never loads it. */

export { showChanges } from './changes.js';
export { CheckedItems } from './checked-items.js';
export { checkDocument } from './document.js';
