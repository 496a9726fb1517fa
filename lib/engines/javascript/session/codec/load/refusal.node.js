/** What reads a refused CONNECT, which is there from the start on Node. */

export { readRefusal } from '../refusal.js';

export function knowRefusals() {}
