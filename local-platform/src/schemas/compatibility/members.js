/** What a case says about the members of an object, the items of an array, and bounds. */

import { Pattern } from '../pattern/pattern.js';

/** @import { Schema } from '../keywords.js' */
/** @import { Case } from './cases.js' */

/**
 * @param {Record<string, any> | undefined} map
 * @param {string} name
 * @returns {Schema | undefined}
 */
const memberOf = (map, name) => (map !== undefined && Object.hasOwn(map, name) ? map[name] : undefined);

/** @type {Map<string, Pattern>} */
const patterns = new Map();
const MAX_PATTERNS = 1_000;

/** Whether a pattern that was checked matches. @param {string} source @param {string} text */
export function matches(source, text) {
  const known = patterns.get(source) ?? new Pattern(source);
  if (patterns.size >= MAX_PATTERNS) patterns.clear();
  patterns.set(source, known);
  return known.test(text);
}

/**
 * The schemas inside a schema that apply to a member of this name.
 *
 * @param {Record<string, any>} schema
 * @param {string} name
 * @returns {Schema[]}
 */
export function membersOf({ properties, patternProperties = {}, additionalProperties }, name) {
  const own = memberOf(properties, name);
  const byPattern = Object.keys(patternProperties).filter((pattern) => matches(pattern, name));
  const found = byPattern.map((pattern) => patternProperties[pattern]);
  if (own !== undefined) found.push(own);
  if (found.length > 0) return found;
  return additionalProperties === undefined ? [] : [additionalProperties];
}

/**
 * The schemas that apply to an item.
 *
 * @param {Record<string, any>} schema
 * @param {number} index
 * @returns {Schema[]}
 */
export function itemsOf({ prefixItems = [], items }, index) {
  if (index < prefixItems.length) return [prefixItems[index]];
  return items === undefined ? [] : [items];
}

/** The members that every object of a case has. @param {Case} one @returns {Set<string>} */
export const requiredOf = ({ schemas }) => new Set(schemas.flatMap(({ required = [] }) => required));

/** The largest of a keyword that bounds from below. @param {Case} one @param {string} keyword */
export const leastOf = ({ schemas }, keyword) => Math.max(0, ...schemas.map(({ [keyword]: bound = 0 }) => bound));

/** The smallest of a keyword that bounds from above. @param {Case} one @param {string} keyword */
export const mostOf = ({ schemas }, keyword) =>
  Math.min(...schemas.map(({ [keyword]: bound = Number.POSITIVE_INFINITY }) => bound), Number.POSITIVE_INFINITY);

/**
 * The numbers of a case: from where to where, and whether the ends are excluded.
 *
 * @param {Case} one
 * @returns {{ from: number, isFromOut: boolean, to: number, isToOut: boolean }}
 */
export function rangeOf({ value, schemas }) {
  if (typeof value?.json === 'number') return { from: value.json, isFromOut: false, to: value.json, isToOut: false };
  const range = { from: Number.NEGATIVE_INFINITY, isFromOut: false, to: Number.POSITIVE_INFINITY, isToOut: false };
  for (const { minimum, exclusiveMinimum, maximum, exclusiveMaximum } of schemas) {
    if (minimum > range.from) Object.assign(range, { from: minimum, isFromOut: false });
    if (exclusiveMinimum >= range.from) Object.assign(range, { from: exclusiveMinimum, isFromOut: true });
    if (maximum < range.to) Object.assign(range, { to: maximum, isToOut: false });
    if (exclusiveMaximum <= range.to) Object.assign(range, { to: exclusiveMaximum, isToOut: true });
  }
  return range;
}

/** The number of characters, as JSON Schema counts them. @param {string} text */
export const lengthOf = (text) => [...text].length;
