/** A payload to begin with: the members that a schema requires, with values that probably fit. */

const MAX_DEPTH = 6;
/** @type {Record<string, unknown>} */
const BY_TYPE = { string: '', number: 0, integer: 0, boolean: false, null: null };

/** @param {any} root a JSON Schema */
export function skeletonOf(root) {
  const payload = sampleOf(root, root, 0);
  return payload !== null && typeof payload === 'object' && !Array.isArray(payload) ? payload : {};
}

/** @param {any} given @param {any} root @param {number} depth @returns {any} */
function sampleOf(given, root, depth) {
  const schema = flatten(given, root, depth);
  if (schema.default !== undefined) return schema.default;
  if (Array.isArray(schema.examples) && schema.examples.length > 0) return schema.examples[0];
  if ('const' in schema) return schema.const;
  if (schema.enum) return schema.enum[0];
  const type = [schema.type].flat()[0] ?? (schema.properties || schema.required ? 'object' : 'null');
  if (type === 'object') return depth > MAX_DEPTH ? {} : membersOf(schema, root, depth);
  if (type === 'array') {
    const first = schema.prefixItems ?? [];
    return Array.from({ length: Math.min(schema.minItems ?? 0, 10) }, (_, index) =>
      sampleOf(first[index] ?? schema.items ?? {}, root, depth + 1),
    );
  }
  if (type === 'number' || type === 'integer') return schema.minimum ?? (schema.exclusiveMinimum ?? -1) + 1;
  return BY_TYPE[type];
}

/** @param {any} schema @param {any} root @param {number} depth */
function membersOf({ required = [], properties = {} }, root, depth) {
  const members = required.map((/** @type {string} */ name) => {
    const schema = Object.hasOwn(properties, name) ? properties[name] : {};
    return [name, sampleOf(schema, root, depth + 1)];
  });
  return Object.fromEntries(members);
}

/**
 * A schema with what it refers to, and with its first alternative.
 *
 * @param {any} schema
 * @param {any} root
 * @param {number} depth
 * @returns {any}
 */
function flatten(schema, root, depth) {
  if (schema === null || typeof schema !== 'object' || depth > MAX_DEPTH) return {};
  const { $ref, allOf = [], anyOf, oneOf, ...own } = schema;
  const others = [
    ...($ref === undefined ? [] : [resolve(root, $ref)]),
    ...allOf,
    ...[anyOf?.[0], oneOf?.[0]].filter(Boolean),
  ];
  for (const other of others) {
    const more = flatten(other, root, depth + 1);
    for (const [keyword, value] of Object.entries(more)) own[keyword] ??= value;
    own.required = [...new Set([...(own.required ?? []), ...(more.required ?? [])])];
    own.properties = { ...more.properties, ...own.properties };
  }
  return own;
}

/** @param {any} root @param {string} reference */
function resolve(root, reference) {
  const tokens = decodeURIComponent(reference.slice(1)).split('/').slice(1);
  return tokens.reduce((value, token) => value?.[token.replaceAll('~1', '/').replaceAll('~0', '~')], root);
}
