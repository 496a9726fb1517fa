/**
 * Values of Postgres as JSON. The texts of types that are not listed stay as Postgres writes them:
 * enums, composite types, ranges, and types of extensions.
 *
 * | type | JSON |
 * |---|---|
 * | `boolean` | boolean |
 * | `smallint`, `integer`, `oid` | number |
 * | `real`, `double precision` | number; `"NaN"`, `"Infinity"`, `"-Infinity"` |
 * | `bigint`, `numeric` | string: a double could not hold every value |
 * | `bytea` | base64 |
 * | `date`, `time`, `timestamp` | ISO 8601; with a time zone in UTC; the six digits of the seconds stay |
 * | `interval` | ISO 8601 duration |
 * | `json`, `jsonb` | the value |
 * | arrays of the types above and of text types | array |
 */

import { parseArray } from './arrays.js';

/** @typedef {(text: string) => unknown} Decode */
/**
 * What a value is in JSON: the kind of a literal that can be equal to it.
 *
 * @typedef {'boolean' | 'number' | 'string' | 'other'} Kind
 */

/** @type {Decode} */
const asText = (text) => text;
/** @type {Decode} */
const asBoolean = (text) => text === 't';
/** @type {Decode} */
const asInteger = Number;
/** JSON has no NaN and no infinity. @type {Decode} */
const asFloat = (text) => {
  const number = Number(text);
  return Number.isFinite(number) ? number : text;
};
/** `\x6869`. @type {Decode} */
const asBase64 = (text) => Buffer.from(text.slice(2), 'hex').toString('base64');
/** `infinity` and years before Christ have no form in ISO 8601. @type {Decode} */
const asTimestamp = (text) => (/^\d{4,}-\d\d-\d\d \S+$/.test(text) ? text.replace(' ', 'T') : text);
/** The session's time zone is UTC: `2026-11-29 13:40:07.5+00`. @type {Decode} */
const asInstant = (text) => (/^\d{4,}-\S+ \S+\+00$/.test(text) ? `${text.slice(0, -3).replace(' ', 'T')}Z` : text);
/** @type {Decode} */
const asZonedTime = (text) => text.replace(/\+00$/, 'Z');
/** @type {Decode} */
const asJson = (text) => JSON.parse(text);

/**
 * Types with a decoder or with an array: OIDs of the type and of its array, decoder, kind. The OIDs
 * are fixed: https://github.com/postgres/postgres/blob/master/src/include/catalog/pg_type.dat
 *
 * @type {Record<string, [oid: number, array: number, decode: Decode, kind: Kind]>}
 */
const TYPES = {
  bool: [16, 1000, asBoolean, 'boolean'],
  int2: [21, 1005, asInteger, 'number'],
  int4: [23, 1007, asInteger, 'number'],
  oid: [26, 1028, asInteger, 'number'],
  float4: [700, 1021, asFloat, 'number'],
  float8: [701, 1022, asFloat, 'number'],
  int8: [20, 1016, asText, 'string'],
  numeric: [1700, 1231, asText, 'string'],
  bytea: [17, 1001, asBase64, 'string'],
  date: [1082, 1182, asText, 'string'],
  time: [1083, 1183, asText, 'string'],
  timetz: [1266, 1270, asZonedTime, 'string'],
  timestamp: [1114, 1115, asTimestamp, 'string'],
  timestamptz: [1184, 1185, asInstant, 'string'],
  interval: [1186, 1187, asText, 'string'],
  json: [114, 199, asJson, 'other'],
  jsonb: [3802, 3807, asJson, 'other'],
  text: [25, 1009, asText, 'string'],
  varchar: [1043, 1015, asText, 'string'],
  bpchar: [1042, 1014, asText, 'string'],
  char: [18, 1002, asText, 'string'],
  name: [19, 1003, asText, 'string'],
  uuid: [2950, 2951, asText, 'string'],
  inet: [869, 1041, asText, 'string'],
  cidr: [650, 651, asText, 'string'],
  macaddr: [829, 1040, asText, 'string'],
  money: [790, 791, asText, 'string'],
  xml: [142, 143, asText, 'string'],
  point: [600, 1017, asText, 'string'],
};

/** @type {Map<number, Decode>} */
const BY_OID = new Map();
/** Domains come with the name of the type below them. @type {Map<string, number>} */
const OID_BY_NAME = new Map();
/** @type {Map<number, Kind>} */
const KINDS = new Map();
for (const [name, [oid, array, decode, kind]] of Object.entries(TYPES)) {
  BY_OID.set(oid, decode);
  BY_OID.set(array, (text) => parseArray(text, decode));
  OID_BY_NAME.set(name, oid).set(`_${name}`, array);
  KINDS.set(oid, kind).set(array, 'other');
}

/**
 * @param {number} oid
 * @param {{ schema?: string | null, name?: string | null }} [base] the built-in type below a domain
 * @returns {Decode}
 */
export function decoderOf(oid, { schema, name } = {}) {
  const known = BY_OID.get(oid);
  if (known) return known;
  // The stream leaves out the name of the schema of built-in types.
  const base = (schema === '' || schema === 'pg_catalog') && name ? OID_BY_NAME.get(name) : undefined;
  return (base !== undefined && BY_OID.get(base)) || asText;
}

/** What a value of this type is in JSON. @param {number} oid of a type that is not a domain @returns {Kind} */
export const kindOfType = (oid) => KINDS.get(oid) ?? 'string';
