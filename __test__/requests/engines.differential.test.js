/**
 * The same requests through the native engine and through `fetch`, against the same server: the
 * same outcomes, and the server sees the same.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';

import { createRequests as createByFetch } from '../../lib/engines/javascript/requests.js';
import { createRequests as createNatively } from '../../lib/engines/native/requests.js';
import { parseOptions } from '../../lib/options/client.js';
import { startAnsweringServer } from '../support/answering-server.js';

const ENGINES = { native: createNatively, javascript: createByFetch };
const DOCUMENTS = '/api/sync/notes/documents';
const JSON_BODY = '{"revision":3}';

const GET = { method: 'GET', path: `${DOCUMENTS}/n1?x=%20a`, body: null, repeatable: true, idempotencyKey: null };
const POST = { method: 'POST', path: DOCUMENTS, body: '{"a":"é"}', repeatable: false, idempotencyKey: null };
const PUT = { ...POST, method: 'PUT', path: `${DOCUMENTS}/a%2Fb`, repeatable: true };
const KEYED = { ...POST, repeatable: true, idempotencyKey: 'k 1' };
const DELETE = { ...GET, method: 'DELETE' };

const refusal = (status, more) => ({ status, body: `{"error":"SomeError","message":"so it is"${more ?? ''}}` });

/** Each request of the table gets these answers in turn, the last one again and again. */
const ANSWERS = {
  'a success': [{ body: JSON_BODY }],
  'a success without a body': [{ status: 204 }],
  'an empty success': [{ status: 200, headers: { 'content-type': 'text/plain' } }],
  'a byte order mark': [{ body: `\ufeff${JSON_BODY}` }],
  'numbers and text at the limits': [{ status: 299, body: '[1e400,-0,12345678901234567890,"\\ud800"]' }],
  'a key named __proto__': [{ body: '{"__proto__":{"a":1},"a":1,"a":2}' }],
  'JSON that breaks off': [{ body: '{"a":' }],
  'white space': [{ body: ' \n' }],
  'two values': [{ body: '{} {}' }],
  'an HTML page': [{ body: '<html>\n<title>  Sorry\n you</title>', headers: { 'content-type': 'text/html' } }],
  'text labelled as HTML': [{ body: 'Sorry \u001b[31m', headers: { 'content-type': 'text/html' } }],
  'text without a type': [{ body: `é${'x'.repeat(300)}`, headers: { 'content-type': '' } }],
  XML: [{ status: 403, body: '<Error>no</Error>', headers: { 'content-type': 'application/xml' } }],
  'what is not UTF-8': [{ body: Buffer.from('"a\xff"', 'latin1') }],
  'binary data': [{ body: Buffer.from([0xff, 0xfe, 0, 1, 2, 3]) }],
  'a refusal with a page': [{ status: 502, body: '<h1>Bad', headers: { 'content-type': 'text/html' } }],
  'a refusal with JSON that is not an object': [{ status: 404, body: '[1]' }],
  'a refusal with white space': [{ status: 404, body: ' \r\n' }],
  'a refusal without words': [{ status: 500, body: '{}' }],
  'a refusal with odd members': [{ status: 404, body: '{"error":7,"message":"gone\\nnow"}' }],
  'a refusal with empty members': [{ status: 404, body: '{"error":"","message":""}' }],
  'a refusal with long members': [
    { status: 404, body: JSON.stringify({ error: 'e'.repeat(200), message: '😀'.repeat(1500) }) },
  ],
  'a conflict': [refusal(409, ',"currentRevision":4,"document":{"a":[1]}')],
  'a conflict without a revision': [refusal(409)],
  'a pause that is too long': [{ ...refusal(429), headers: { 'retry-after': '60' } }],
  'a pause with a fraction': [{ ...refusal(503), headers: { 'retry-after': '90.0005' } }],
  'a pause beyond any timer': [{ ...refusal(503), headers: { 'retry-after': '99999999999999' } }],
  'a pause that is none': [{ ...refusal(400), headers: { 'retry-after': 'soon' } }],
  'a pause until a date': [{ ...refusal(400), headers: { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' } }],
  'a pause until a date in the past': [{ ...refusal(400), headers: { 'retry-after': 'Sun Nov  6 08:49:37 1994' } }],
  'busy, then well': [refusal(503), { ...refusal(429), headers: { 'retry-after': '0' } }, { body: JSON_BODY }],
  'busy for ever': [refusal(503)],
  'uncertain, then refused': [refusal(502), refusal(404)],
  'cut off, then well': [{ fault: 'before' }, { body: JSON_BODY }],
  'cut off for ever': [{ fault: 'before' }],
  'cut within a success, then well': [{ body: '{"a', fault: 'within' }, { body: JSON_BODY }],
  'cut within a success for ever': [{ body: '{"a', fault: 'within' }],
  'cut within a refusal': [{ status: 403, body: '{"error":"', fault: 'within' }],
  'cut within a whole refusal': [{ ...refusal(403), fault: 'within' }],
  'no answer': [{ fault: 'silence' }],
  'no complete answer': [{ body: '{"a', fault: 'stall' }],
  'no complete refusal': [{ status: 403, body: '{"error":"E"}', fault: 'stall' }],
  'a success that is too large': [{ headers: { 'content-length': String((64 << 20) + 1) }, fault: 'stall' }],
  'a refusal that is too large': [{ status: 400, body: `"${'x'.repeat(5 << 20)}"` }],
  'what is not HTTP': [{ fault: 'garbage' }],
  'a redirect within the server': [{ status: 307, headers: { location: '/moved?y=2#top' } }, { body: JSON_BODY }],
  'a relative redirect': [{ status: 308, headers: { location: '../x/./y' } }, { body: JSON_BODY }],
  'a redirect of the query': [{ status: 302, headers: { location: '?y=2' } }, { body: JSON_BODY }],
  'a redirect that changes the method': [{ status: 303, headers: { location: '/moved' } }, { body: JSON_BODY }],
  'an absolute redirect': [{ status: 301, headers: { location: 'http://HOST/moved' } }, { body: JSON_BODY }],
  'a redirect to ws': [{ status: 307, headers: { location: 'ws://HOST/moved' } }, { body: JSON_BODY }],
  'a redirect without an end': [{ status: 307, headers: { location: '/again?secret=1' } }],
  'a redirect to another server': [{ status: 307, headers: { location: 'http://u:p@other.example/a?token=1' } }],
  'a redirect to another port': [{ status: 301, headers: { location: '//127.0.0.1:1' } }],
  'a redirect to https': [{ status: 301, headers: { location: 'HTTPS://127.0.0.1:443/a?b' } }],
  'a redirect with a user': [{ status: 307, headers: { location: 'http://u:p@HOST/a' } }],
  'a redirect without a place': [{ status: 302 }],
  'a redirect to no place': [{ status: 302, headers: { location: '#top' } }],
  'a redirect to something else': [{ status: 302, headers: { location: 'ftp://HOST/a' } }],
  'a redirect with a space': [{ status: 307, headers: { location: '/a b' } }],
  'a redirect with a space that its dots remove': [{ status: 307, headers: { location: '/a b/../c' } }],
  'a status that is not a redirect': [{ status: 304, headers: { location: '/a' } }],
};
const REQUESTS = { GET, POST, PUT, KEYED, DELETE };

/** Where the engines differ by their nature, with the reason. */
const DIFFERENCES = [
  // The parser of the runtime has its own words, and so has its network.
  { member: 'cause', equal: (one, other) => (one === undefined) === (other === undefined) },
  // Until a date, whose wait each engine counts from its own present.
  { member: 'retryAfter', equal: (one, other) => one === other || (one > 1e6 && Math.abs(one - other) < 5000) },
  {
    member: 'message',
    equal: (one, other) => masked(one) === masked(other),
  },
];
/** A message without the words of the system. @param {string} message */
function masked(message) {
  return message.replace(
    /(the answer is not valid HTTP: |the connection broke before its answer was complete: )(?:.(?!; check that))+./,
    '$1...',
  );
}

/** An outcome as data: members that are undefined are not there. */
function plain(outcome) {
  return JSON.parse(JSON.stringify(outcome));
}

function assertSame(ours, natives, name) {
  const [one, other] = [plain(ours), plain(natives)];
  if (one.failure && other.failure)
    for (const { member, equal } of DIFFERENCES) {
      const [mine, theirs] = [one.failure[member], other.failure[member]];
      assert.ok(equal(mine, theirs), `${name}: ${member}: ${mine} | ${theirs}`);
      delete one.failure[member];
      delete other.failure[member];
    }
  assert.deepEqual(one, other, name);
}

/** Sends one request through both engines. */
async function compare(server, name, request, answers, timeout = 5000) {
  const filled = answers.map((answer) => {
    const location = answer.headers?.location?.replace('HOST', server.host);
    return location === undefined ? answer : { ...answer, headers: { ...answer.headers, location } };
  });
  const [javascript, native] = await Promise.all(
    ['javascript', 'native'].map(async (engine) => {
      const seen = server.add(name, engine, filled);
      const { config } = parseOptions({
        url: `http://${server.host}/base/`,
        token: 'config-token',
        applicationId: 'app',
        environment: 'test',
        headers: { 'X-Case': name, 'X-Engine': engine, 'X-Mine': '1', 'Content-Type': 'text/plain' },
      });
      const requests = ENGINES[engine](config);
      const outcome = await requests.send({ ...request, token: undefined, timeout }).outcome;
      requests.close();
      return { outcome, seen };
    }),
  );
  assertSame(javascript.outcome, native.outcome, name);
  assert.deepEqual(javascript.seen, native.seen, name);
  return native.outcome;
}

test('each kind of answer to each kind of request', async (t) => {
  const server = await startAnsweringServer(t);
  for (const [kind, answers] of Object.entries(ANSWERS)) {
    await t.test(kind, async () => {
      const isSilent = answers[0].fault === 'silence' || answers[0].fault === 'stall';
      await Promise.all(
        Object.entries(REQUESTS).map(([name, request]) =>
          compare(server, `${kind}: ${name}`, request, answers, isSilent ? 900 : undefined),
        ),
      );
    });
  }
});

const anyBody = fc.oneof(
  fc.json(),
  fc.tuple(fc.json(), fc.nat(), fc.string({ maxLength: 3 })).map(([text, at, more]) => {
    const start = at % (text.length + 1);
    return text.slice(0, start) + more + text.slice(start + 1);
  }),
  fc.record({ error: fc.jsonValue(), message: fc.string({ unit: 'binary' }) }).map((report) => JSON.stringify(report)),
  fc.string({ unit: 'binary', maxLength: 300 }),
  fc
    .array(fc.constantFrom('<html>', '<title>', '</title>', '<p', '>', ' ', '\n', 'é', 'Sorry', '\0', '<!', '<?xml'), {
      maxLength: 12,
    })
    .map((parts) => parts.join('')),
  fc.uint8Array({ maxLength: 300 }),
);
const anyNumber = fc.oneof(fc.nat(200), fc.double({ min: 0, max: 200, noNaN: true }), fc.bigInt({ min: 0n }));
const anyDate = fc.date({ min: new Date(0), max: new Date('2090-01-01'), noInvalidDate: true });
const anyRetryAfter = fc.oneof(
  anyNumber.map(String),
  anyDate.map((date) => date.toUTCString()),
  anyDate.map(asctime),
  fc.stringMatching(/^[0-9.,:+-]{0,6}$/),
  fc.constantFrom(
    'Sunday, 06-Nov-94 08:49:37 GMT',
    'Sun, 06 Nov 2094 08:49:37',
    '2094-11-06T08:49:37Z',
    'tomorrow',
    '1e3',
  ),
);
/** Without what URLs resolve and the native engine keeps: steps in a path, an empty query. */
const anyPath = fc
  .array(fc.constantFrom('/', 'a', '..', '.', '?', '%20', ' ', 'b:c', '='), { maxLength: 7 })
  .map((parts) => parts.join(''))
  .filter((path) => !/^\/\/|^\/.*\/?\.|\? *$|\/\/|\?.*\./.test(path));
const anyAddress = fc
  .tuple(
    fc.constantFrom('http:', 'HTTPS:', 'ws:', 'wss:', 'ftp:', ''),
    fc.constantFrom('', 'u:p@'),
    fc.constantFrom('HOST', 'other.example', 'Other.example:8080', '127.0.0.1', '127.0.0.1:443'),
    fc.constantFrom('', '/', '/a/b?x=1', '?y=1'),
  )
  .map(([scheme, user, host, path]) => `${scheme}//${user}${host}${path}`);
const anyLocation = fc.oneof(anyPath, anyAddress);
const anyAnswer = fc.record({
  status: fc.constantFrom(
    ...[200, 201, 299, 300, 301, 302, 303, 304, 305, 307, 308, 400, 401, 403, 404, 408, 409, 410, 413, 418, 422, 425],
    ...[429, 500, 501, 502, 503, 504, 520, 522, 530, 599],
  ),
  body: anyBody,
  type: fc.constantFrom('application/json', 'text/html; charset=utf-8', 'text/plain', 'application/xhtml+xml', ''),
  retryAfter: fc.option(anyRetryAfter, { nil: undefined }),
  location: anyLocation,
});

/** The third form of a date in HTTP: `Sun Nov  6 08:49:37 1994`. @param {Date} date */
function asctime(date) {
  const [, day, number, month, year, time] = /^(\w+), 0?(\d+) (\w+) (\d+) ([\d:]+)/.exec(date.toUTCString());
  return `${day} ${month} ${number.padStart(2)} ${time} ${year}`;
}

test('answers that were generated', async (t) => {
  const server = await startAnsweringServer(t);
  let count = 0;
  const ends = { successes: 0, failures: 0 };
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...Object.keys(REQUESTS)), anyAnswer, async (name, generated) => {
      const { status, body, type, retryAfter, location } = generated;
      const isRedirect = status >= 300 && status < 400;
      const headers = {
        'content-type': type,
        ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
        ...(isRedirect && { location }),
      };
      // The next answer ends what is repeated or redirected.
      const answers = [
        { status, body: status === 304 ? '' : body, headers },
        { status: 404, body: '{"error":"E"}' },
      ];
      count += 1;
      const request = { ...REQUESTS[name], repeatable: isRedirect };
      const outcome = await compare(server, `generated ${count}`, request, answers);
      ends[outcome.failure === null ? 'successes' : 'failures'] += 1;
    }),
    { numRuns: 800, includeErrorInReport: true },
  );
  assert.ok(ends.successes > 5 && ends.failures > 400, JSON.stringify(ends));
});
