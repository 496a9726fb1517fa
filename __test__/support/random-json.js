/** Generators of unusual but valid JSON texts, and of texts that are almost JSON. */

import fc from 'fast-check';

const NASTY_KEYS = [
  '',
  'id',
  'a',
  'b',
  '__proto__',
  'constructor',
  'toString',
  'length',
  '0',
  '7',
  '-1',
  '4294967295',
  'é',
  '€',
];

const space = fc.constantFrom('', '', '', '', '', '', ' ', '\n\t', '\r');

/** A string literal in one of the many ways in which it can be written. */
const string = fc
  .oneof(
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.constantFrom(...NASTY_KEYS, '\ud800', '\ude00x', '\\', '"', '\u2028'),
  )
  .chain((text) => fc.tuple(fc.constant(text), fc.constantFrom('plain', 'plain', 'plain', 'escaped', 'mixed')))
  .map(([text, style]) => {
    if (style === 'plain') return JSON.stringify(text);
    const asEscape = (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
    const units = text
      .split('')
      .map((unit, at) => (style === 'escaped' || at % 2 ? asEscape(unit) : JSON.stringify(unit).slice(1, -1)));
    return `"${units.join('')}"`;
  });

const key = fc.oneof(
  fc.constantFrom(...NASTY_KEYS).map((name) => JSON.stringify(name)),
  fc.constantFrom('"\\u0061"', '"\\u005f_proto__"', '"a\\/b"'),
  fc.string({ maxLength: 6 }).map((name) => JSON.stringify(name)),
);

const number = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => (Object.is(value, -0) ? '-0' : String(value))),
  fc.bigInt(-(2n ** 70n), 2n ** 70n).map(String),
  fc.constantFrom('0', '-0', '-0.0', '0e5', '1E400', '-1e400', '1e-400', '5e-324', '1.0', '123456789.125', '0.1e+1'),
  fc.constantFrom(
    '9007199254740993',
    '536870911',
    '536870912',
    '-536870912',
    '-536870913',
    '2147483648',
    '4.35',
    '0.57',
  ),
  fc.stringMatching(/^-?(0|[1-9][0-9]{0,18})(\.[0-9]{1,20})?([eE][+-]?[0-9]{1,3})?$/),
);

const scalar = fc.oneof(string, string, number, number, fc.constantFrom('null', 'true', 'false'));

const { value } = fc.letrec((tie) => ({
  value: fc.oneof({ depthSize: 'small', withCrossShrink: true }, scalar, tie('array'), tie('object')),
  array: fc
    .tuple(
      space,
      fc.oneof(
        fc.array(tie('value'), { maxLength: 5 }),
        tie('value').map((one) => Array(4).fill(one)),
      ),
    )
    .map(([gap, elements]) => `[${gap}${elements.join(`${gap},`)}${gap}]`),
  object: fc
    .tuple(space, fc.array(fc.tuple(key, tie('value')), { maxLength: 5 }))
    .map(
      ([gap, members]) => `{${gap}${members.map(([name, one]) => `${name}${gap}:${gap}${one}`).join(`,${gap}`)}${gap}}`,
    ),
}));

/**
 * The text of an event with this ID. Its shape is that of `members`, with some scalars replaced.
 */
const members = fc.array(
  fc.tuple(
    key.filter((name) => !['"id"', '"topic"'].includes(name)),
    value,
  ),
  { maxLength: 5 },
);

/** @param {string} id @param {[string, string][]} extra */
function event(id, extra) {
  const rest = extra.map(([name, one]) => `,${name}:${one}`).join('');
  return `{"id":"${id}","topic":"t"${rest}}`;
}

/** A place in a text, and the text to put there. */
const damage = fc.tuple(fc.nat(), fc.nat({ max: 3 }), fc.stringMatching(/^[{}[\]",:0-9eE+.\\ \-a-z\n]{0,2}$/));

/** @param {string} text */
function damaged(text, [at, length, replacement]) {
  const start = at % text.length;
  return text.slice(0, start) + replacement + text.slice(start + length);
}

export { damage, damaged, event, members, scalar };
