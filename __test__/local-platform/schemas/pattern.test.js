/**
 * The linear-time regular expressions of schemas: they match what the engine of JavaScript matches.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { Pattern } from '../../../local-platform/src/schemas/pattern/pattern.js';

/** Patterns of people, with the syntax that they use. */
const PATTERNS = [
  '',
  '^[a-z0-9]+(-[a-z0-9]+)*$',
  '^\\d{4}-\\d{2}-\\d{2}$',
  '^(?:[A-Z]{2}|[a-z]{3})?x$',
  '^(?<year>\\d{4})|(?<word>b+)$',
  'a|b|',
  '^$',
  '\\bcat\\b',
  '\\Bat',
  '^.{2,3}?$',
  '^[^\\]\\\\]*$',
  '[\\]\\-a]',
  '^\\u{1F600}+$',
  '^\\uD83D\\uDE00$',
  '^[\\u{1F600}-\\u{1F64F}]$',
  '^\\p{Lu}\\P{Lu}*$',
  '^[\\p{L}\\d_]+$',
  '\\x41\\u0042\\cJ?\\t*\\.',
  '^(a*)*$',
  '^(a|b*)+?c{2,}$',
  '(^a|b$)',
  '^(?:a{0}b{1,2}){2}$',
  '^\\/\\(\\)\\[\\]\\{\\}\\$\\^\\|$',
];
const ALPHABET = [
  'a',
  'b',
  'c',
  'x',
  't',
  'A',
  'B',
  'Z',
  '0',
  '1',
  '9',
  '-',
  '_',
  '.',
  ']',
  '\\',
  '/',
  ' ',
  '\n',
  '\t',
  '\u{1F600}',
  '\ud83d',
  'é',
  'cat',
];

const text = fc.array(fc.constantFrom(...ALPHABET), { maxLength: 12 }).map((parts) => parts.join(''));

/**
 * Short, since the engine of JavaScript tries all ways, and without characters of two code units:
 * that engine finds `\\B` between the two.
 */
const short = fc
  .array(fc.constantFrom(...ALPHABET.filter((part) => part !== '\u{1F600}')), { maxLength: 5 })
  .map((parts) => parts.join(''));

/** Random patterns of the syntax that is matched. */
const { pattern } = fc.letrec((tie) => ({
  // Not deeper: the engine of JavaScript would take years.
  atom: fc.oneof(
    { maxDepth: 2 },
    fc.constantFrom(
      'a',
      'b',
      '.',
      '\\d',
      '\\w',
      '\\W',
      '[ab]',
      '[^a]',
      '[a-c\\d]',
      '\\b',
      '\\B',
      '^',
      '$',
      '\\u{1F600}',
      '\\s',
    ),
    fc.tuple(fc.constantFrom('(', '(?:'), tie('pattern')).map(([open, inner]) => `${open}${inner})`),
  ),
  term: fc
    .tuple(tie('atom'), fc.constantFrom('', '', '*', '+', '?', '{2}', '{0,2}', '{1,}', '*?'))
    .map(([atom, quantifier]) => (/^(\^|\$|\\[bB])$/.test(atom) ? atom : atom + quantifier)),
  sequence: fc.array(tie('term'), { maxLength: 4 }).map((terms) => terms.join('')),
  pattern: fc.array(tie('sequence'), { minLength: 1, maxLength: 3 }).map((parts) => parts.join('|')),
}));

test('patterns of people match the same texts as in JavaScript', () => {
  for (const source of PATTERNS) {
    const [own, native] = [new Pattern(source), new RegExp(source, 'u')];
    fc.assert(
      fc.property(text, (value) => {
        assert.equal(own.test(value), native.test(value), `${source} on ${JSON.stringify(value)}`);
      }),
      { numRuns: 300 },
    );
  }
});

/** Nested repetitions multiply. @param {string} source */
function unlessTooLarge(source) {
  try {
    return new Pattern(source);
  } catch (error) {
    if (!error.message.includes('it is too large')) throw error;
  }
}

test('random patterns match the same texts as in JavaScript', () => {
  fc.assert(
    fc.property(pattern, fc.array(short, { maxLength: 10 }), (source, values) => {
      const [own, native] = [unlessTooLarge(source), new RegExp(source, 'u')];
      fc.pre(own !== undefined);
      for (const value of values) {
        assert.equal(own.test(value), native.test(value), `${source} on ${JSON.stringify(value)}`);
      }
    }),
    { numRuns: 2_000 },
  );
});

test('what takes JavaScript years takes a step for each character and state', () => {
  const text = `${'a'.repeat(10_000)}!`;
  for (const source of ['^(a+)+$', '^(a|a)*$', '^(a|aa)+$', '^(a*)*$', '^([a-z]+)*$', '^(a?){30}a{30}$']) {
    let steps = 0;
    assert.equal(
      new Pattern(source).test(text, (count) => (steps += count)),
      false,
      source,
    );
    assert.ok(steps < 200 * text.length, `${source} took ${steps} steps`);
  }
});

test('the work can be ended', () => {
  const stop = () => {
    throw new Error('enough');
  };
  assert.throws(() => new Pattern('a').test('b', stop), /enough/);
});

test('what cannot be matched in linear time, or is too large, is refused with the reason', () => {
  for (const [source, reason] of [
    ['(a)\\1', /refers back to a group/],
    ['(?<n>a)\\k<n>', /refers back to a group/],
    ['(?=a)b', /looks around/],
    ['(?!a)b', /looks around/],
    ['(?<=a)b', /looks around/],
    ['(?<!a)b', /looks around/],
    ['(', /not a regular expression/],
    ['a{2,1}', /not a regular expression/],
    ['\\q', /not a regular expression/],
    ['((a{100}){100}){100}', /too large/],
    ['a{1000000000}', /too large/],
    ['(a{0,1000}){0,3}', /too large/],
    [`${'('.repeat(200)}a${')'.repeat(200)}`, /nest deeper/],
  ]) {
    assert.throws(() => new Pattern(source), reason, source);
  }
});
