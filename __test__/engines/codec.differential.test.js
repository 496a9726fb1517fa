// The Rust codecs against the ones they must agree with: socket.io-parser and JSON.parse. One
// process reads every text (examples/codec-probe.rs) and says what it made of it. Where we refuse
// what they accept, the rule is listed in `stricter`.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import test from 'node:test';

import fc from 'fast-check';
import { Decoder, Encoder, PacketType } from 'socket.io-parser';

const seed = Number(process.env.CODEC_SEED ?? 1);
const MAX_ATTACHMENTS = 64;

/** Type, attachments, namespace, ack id, payload: decimal digits only, no white space. */
const grammar =
  /^([0-4]|[56](?=\d+-))(?:(?<=[56])\d+-)?(?:(?<namespace>\/[^,]*)(?:,|$))?(?<id>\d*)(?<payload>[[{"].*)?$/s;

/**
 * Why we refuse packets that socket.io-parser accepts; `example` proves that each rule is still
 * needed.
 */
const stricter = [
  {
    rule: 'digits are digits: Number() also takes "", white space, signs, exponents and hexadecimals for numbers',
    applies: (text) => !grammar.test(text),
    examples: [
      '',
      ' ',
      '\n{}',
      '2 ["a"]',
      '21 2["a"]',
      '51e0-["a"]',
      '50x1-["a"]',
      '5+1-["a"]',
      '5 1-["a"]',
      '61.0-[]',
    ],
  },
  {
    rule: 'an event has a name and an ack has a payload',
    applies: (text) => /^[2356]/.test(text) && grammar.exec(text)?.groups.payload === undefined,
    examples: ['2', '3', '2/admin,', '37', '51-', '61-/admin,7'],
  },
  {
    rule: 'an ack id is an integer that JavaScript counts exactly',
    applies: (text) => Number(grammar.exec(text)?.groups.id) > Number.MAX_SAFE_INTEGER,
    examples: ['29007199254740992["a"]', '399999999999999999999[]'],
  },
  {
    rule: 'a namespace has at most 256 bytes',
    applies: (text) => Buffer.byteLength(grammar.exec(text)?.groups.namespace ?? '') > 256,
    examples: [`2/${'n'.repeat(256)},["a"]`, `0/${'é'.repeat(128)}`],
  },
  {
    rule: 'a value nests at most 1024 levels',
    applies: (text) => depth(text) > 1_024,
    examples: [`2["a",${nested(1_025)}]`, `3[${nested(1_024)}]`],
  },
];

const handPicked = String.raw`
  0 0{"sid":"a"} 0/admin,{"token":"t"} 0/admin?a=1, 0[] 0null 0"a" 01 012{} 1 1/admin, 1/admin 1{} 12
  2["a"] 2["a" 2["a"]] 2["a",] 2[] 2[null] 2[1] 2[-1e3,2] 2[true] 2[[]] 2{} 2"a" 2/a,b,1["a"] 2/a,12["a"] 2007["a"] 2-1["a"] 21.5["a"]
  2["connect"] 2["\u0063onnect"] 2["connect_error"] 2["disconnect"] 2["disconnecting"] 2["newListener"] 2["removeListener"] 2["Connect"]
  2["__proto__",{"__proto__":1}] 2["\ud800"] 2["é😀"] 2/é,["a"] 3[] 312[1,2] 3{} 3/admin,7[null]
  4 4"no" 4{"message":"no"} 4[] 4null 41{} 4/admin,"no"
  5["a"] 5-["a"] 50-["a"] 51-["a",{"_placeholder":true,"num":0}] 501-["a"] 564-["a"] 565-["a"] 51-/admin,12["a"] 51-["connect"]
  61-[] 62-/admin,7[] 6-1-[] 61 7 8[] a / -1 é
  2["a",[1}] 2["a",{"b":1]] 2["a""b"] 2["a",{"b":1"c":2}] 2["a"} [1} {"id":"e""topic":"t"} {"id":"e","topic":"t",}`
  .trim()
  .split(/[ \n]+/)
  .concat(
    stricter.flatMap(({ examples }) => examples),
    `2["a",${nested(1_000)}]`,
  );

test('agrees with socket.io-parser and JSON.parse on whole, damaged and hand-picked texts', () => {
  const packets = fc.sample(fc.oneof(officialPacket(), assembledPacket()), { seed, numRuns: 1_500 });
  const values = fc.sample(fc.oneof(fc.json(), envelopeText()), { seed, numRuns: 2_000 });
  const damaged = fc.sample(damage(fc.constantFrom(...packets, ...values, ...handPicked)), { seed, numRuns: 4_000 });
  const texts = [...handPicked, ...packets, ...values, ...damaged].map((text) => text.toWellFormed());

  const verdicts = probe(texts);
  const seen = { accepted: 0, refused: 0, json: 0, envelopes: 0 };
  texts.forEach((text, index) => {
    const verdict = verdicts[index];
    comparePacket(text, verdict.packet);
    compareJson(text, verdict);
    seen[verdict.packet.ok ? 'accepted' : 'refused'] += 1;
    seen.json += verdict.json;
    seen.envelopes += verdict.envelope !== null;
  });
  // Texts that are all refused, or all fine, would prove nothing.
  for (const [what, count] of Object.entries(seen)) assert.ok(count > 500, `only ${count} ${what}`);
});

test('every rule in which the codec is stricter is needed', () => {
  const examples = stricter.flatMap(({ rule, applies, examples }) => examples.map((text) => ({ rule, applies, text })));
  const verdicts = probe(examples.map(({ text }) => text));
  examples.forEach(({ rule, applies, text }, index) => {
    const note = `${rule}: ${excerpt(text)}`;
    assert.ok(applies(text), `${note} does not fall under its rule`);
    assert.notEqual(official(text), undefined, `${note} is refused by socket.io-parser too`);
    assert.equal(verdicts[index].packet.ok, false, `${note} is accepted`);
  });
});

function comparePacket(text, ours) {
  const theirs = official(text);
  const note = `seed ${seed}, packet ${excerpt(text)}`;
  if (!theirs) {
    assert.equal(ours.ok, false, `${note}: only we accept it`);
  } else if (!ours.ok) {
    assert.ok(
      stricter.some(({ applies }) => applies(text)),
      `${note}: refused by no rule`,
    );
  } else {
    assert.deepEqual(
      {
        type: ours.kind,
        nsp: ours.nsp,
        id: ours.id,
        attachments: ours.attachments,
        data: ours.data && JSON.parse(ours.data),
      },
      {
        type: theirs.type,
        nsp: theirs.nsp,
        id: theirs.id ?? null,
        attachments: theirs.attachments ?? 0,
        data: theirs.data ?? null,
      },
      note,
    );
    const isEvent = theirs.type === PacketType.EVENT || theirs.type === PacketType.BINARY_EVENT;
    if (isEvent && typeof theirs.data[0] === 'string') assert.equal(ours.name, wellFormed(theirs.data[0]), note);
  }
}

function compareJson(text, { json, envelope }) {
  const note = `seed ${seed}, JSON ${excerpt(text)}`;
  let value;
  try {
    value = JSON.parse(text);
  } catch {
    assert.equal(json, false, `${note}: only we accept it`);
    assert.equal(envelope, null, note);
    return;
  }
  assert.equal(json, depth(text) <= 1_024, note);
  if (!json) return;

  const isName = (name) => typeof name === 'string' && name !== '';
  const isEnvelope =
    value !== null && typeof value === 'object' && !Array.isArray(value) && isName(value.id) && isName(value.topic);
  assert.equal(envelope !== null, isEnvelope, note);
  if (!isEnvelope) return;
  const parsed = (raw) => (raw === null ? undefined : JSON.parse(raw));
  assert.deepEqual(
    [envelope.id, envelope.topic, parsed(envelope.source), parsed(envelope.type), parsed(envelope.payload)],
    [wellFormed(value.id), wellFormed(value.topic), value.source, value.type, value.payload],
    note,
  );
}

/**
 * What socket.io-parser makes of a packet's text; undefined: it refuses. `add()` would hold binary
 * packets back.
 */
function official(text) {
  try {
    return new Decoder({ maxAttachments: MAX_ATTACHMENTS }).decodeString(text);
  } catch {
    return undefined;
  }
}

/** Runs the probe once over all texts. CODEC_PROBE names a built one; otherwise cargo builds it. */
function probe(texts) {
  const [command, ...args] = process.env.CODEC_PROBE
    ? [process.env.CODEC_PROBE]
    : ['cargo', 'run', '--quiet', '--example', 'codec-probe'];
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    cwd: path.join(import.meta.dirname, '..', '..'),
    encoding: 'utf8',
    input: texts.map((text) => `${JSON.stringify(text)}\n`).join(''),
    maxBuffer: 64 * 1_024 * 1_024,
  });
  assert.equal(status, 0, `${command}: ${error ?? stderr}`);
  const verdicts = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line));
  assert.equal(verdicts.length, texts.length);
  return verdicts;
}

/** What the official encoder writes. */
function officialPacket() {
  const argument = fc.oneof(fc.jsonValue(), fc.constant(Buffer.from('bytes')));
  return fc
    .record({
      type: fc.constantFrom(PacketType.EVENT, PacketType.ACK),
      nsp: namespace(),
      id: fc.option(fc.maxSafeNat(), { nil: undefined }),
      data: fc
        .tuple(fc.string({ unit: 'grapheme' }), fc.array(argument, { maxLength: 3 }))
        .map(([name, rest]) => [name, ...rest]),
    })
    .map((packet) => new Encoder().encode(packet)[0]);
}

/** Parts that fit together, or do not. */
function assembledPacket() {
  const part = (...texts) => fc.constantFrom(...texts);
  const payload = fc.oneof(
    fc.json(),
    fc.json().map((json) => `["event",${json}]`),
    part('', '[]', '["a"]', '{"a":1}', '"a"'),
  );
  return fc
    .tuple(
      part(...'0123456789'),
      part('', '', '1-', '2-', '0-', '64-', '65-', '-'),
      namespace(),
      part(',', ''),
      part('', '', '0', '12', '-1'),
      payload,
    )
    .map((parts) => parts.join(''));
}

function namespace() {
  return fc.oneof(
    fc.constantFrom('', '/', '/admin', '/a?b=c'),
    fc.string({ unit: 'grapheme', maxLength: 8 }).map((name) => `/${name.replaceAll(',', '')}`),
  );
}

/** Objects near the envelope: members twice, escaped, of the wrong type, missing. */
function envelopeText() {
  const key = fc.constantFrom(
    '"id"',
    '"topic"',
    '"i\\u0064"',
    '"source"',
    '"type"',
    '"payload"',
    '"metadata"',
    '"\\u0000"',
  );
  const value = fc.oneof(
    fc.constantFrom('"a"', '"b"', '"session.status"', '""', '"\\ud83d\\ude00"', '"\\ud800x"', '7', 'null'),
    fc.json(),
  );
  const member = fc.tuple(key, value).map(([name, json]) => `${name}: ${json}`);
  return fc
    .array(member, { maxLength: 4 })
    .map((members) => `{"id":"e","topic":"t"${members.map((text) => `,${text}`).join('')}}`);
}

/** A text with up to three edits: characters removed, others put in their place. */
function damage(whole) {
  const inserted = fc.constantFrom(
    ...'"\\{}[],:-+.eE01/ \t\n\0é',
    '',
    '\\u',
    '\\ud800',
    'null',
    '"a":',
    '\u00a0',
    '\ufeff',
  );
  const edit = fc.record({ place: fc.double({ min: 0, max: 1, noNaN: true }), removed: fc.nat(2), inserted });
  return fc.tuple(whole, fc.array(edit, { minLength: 1, maxLength: 3 })).map(([text, edits]) =>
    edits.reduce((now, { place, removed, inserted }) => {
      const at = Math.round(place * now.length);
      return now.slice(0, at) + inserted + now.slice(at + removed);
    }, text),
  );
}

function nested(levels) {
  return '['.repeat(levels) + ']'.repeat(levels);
}

/** The deepest nesting of a text's brackets outside strings. */
function depth(text) {
  let [deepest, open] = [0, 0];
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[[\]{}]/gs)) {
    if (token === '[' || token === '{') deepest = Math.max(deepest, ++open);
    if (token === ']' || token === '}') open -= 1;
  }
  return deepest;
}

/** Rust strings hold no lone surrogates: ids, topics and names get U+FFFD in their place. */
function wellFormed(text) {
  return text.toWellFormed();
}

function excerpt(text) {
  return JSON.stringify(text.length > 120 ? `${text.slice(0, 120)}...` : text);
}
