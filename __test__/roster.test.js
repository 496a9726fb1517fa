'use strict';

/** The bounds of a roster: a server decides who is in a channel, but not how much memory that takes. */

const assert = require('node:assert/strict');
const { test } = require('node:test');

const { Presence } = require('../lib/socket/presence.js');
const { Roster } = require('../lib/socket/roster.js');

const MAX_MEMBERS = 100_000;

const presence = (type, socketId, joinedAt = 1) => ({ type, channel: 'lobby', socketId, joinedAt });
const member = (n) => ({ socketId: `s${n}`, joinedAt: 1 });

/** A roster, and how often it reported members beyond the maximum. */
function bounded() {
  const reports = [];
  return { roster: new Roster('lobby', (maximum) => reports.push(maximum)), reports };
}

test('members beyond the maximum are left out and reported once, and there is room again when others leave', () => {
  const { roster, reports } = bounded();
  for (let n = 0; n < MAX_MEMBERS; n += 1) assert.equal(roster.receive(presence('join', `s${n}`)).length, 1);
  assert.deepEqual(reports, []);
  for (let n = 0; n < 1000; n += 1) assert.deepEqual(roster.receive(presence('join', `more ${n}`)), []);
  assert.deepEqual(roster.receive(presence('leave', 'more 1')), []);
  assert.deepEqual([roster.members.size, reports], [MAX_MEMBERS, [MAX_MEMBERS]]);

  roster.receive(presence('leave', 's7'));
  assert.equal(roster.receive(presence('join', 'more 2')).length, 1);
  assert.equal(roster.members.size, MAX_MEMBERS);
});

test('a list that is too long is cut and reported', async () => {
  const { roster, reports } = bounded();
  const list = Array.from({ length: MAX_MEMBERS + 10 }, (_, n) => member(n));
  const joins = [...(await roster.refresh(async () => list))];
  assert.deepEqual([joins.length, roster.members.size, reports], [MAX_MEMBERS, MAX_MEMBERS, [MAX_MEMBERS]]);
});

test('while a list is read, each member counts once, however often it comes and goes', async () => {
  const { roster, reports } = bounded();
  const joins = await roster.refresh(async () => {
    for (let n = 0; n < 3 * MAX_MEMBERS; n += 1) roster.receive(presence(n % 2 ? 'join' : 'leave', `s${n % 3}`, n));
    return [member(0), member(9)];
  });
  assert.deepEqual(
    [...joins].map(({ socketId }) => socketId),
    ['s9'],
  );
  const last = { s0: 3 * MAX_MEMBERS - 3, s1: 3 * MAX_MEMBERS - 2, s2: 3 * MAX_MEMBERS - 1 };
  const stays = Object.keys(last).filter((socketId) => last[socketId] % 2 === 1);
  assert.deepEqual([...roster.members.keys()].sort(), [...stays, 's9']);
  assert.deepEqual(reports, []);
});

test('while a list is read, the events of at most the maximum of members are kept', async () => {
  const { roster, reports } = bounded();
  const all = 2 * MAX_MEMBERS;
  await roster.refresh(async () => {
    for (let n = 0; n < all; n += 1) roster.receive(presence('leave', `s${n}`));
    return Array.from({ length: 10 }, (_, n) => member(all - 1 - n));
  });
  // The last ones left, but that is not known any more. The next list corrects it.
  assert.deepEqual(reports, [MAX_MEMBERS]);
});

test('a socket id that is not a short string is no member', async () => {
  const { roster } = bounded();
  for (const socketId of [undefined, null, 7, {}, 'x'.repeat(257)]) {
    assert.deepEqual(roster.receive(presence('join', socketId)), []);
    assert.deepEqual([...(await roster.refresh(async () => [{ socketId, joinedAt: 1 }]))], []);
  }
  assert.equal(roster.members.size, 0);
});

test('the report is an error with the channel', () => {
  const errors = [];
  const all = new Presence({ read: async () => [], deliver: () => {}, report: (error) => errors.push(error) });
  all.follow('lobby');
  for (let n = 0; n < MAX_MEMBERS + 2; n += 1) all.receive(presence('join', `s${n}`));
  assert.deepEqual(
    errors.map(({ code, channel }) => [code, channel]),
    [['PRESENCE_LIMIT', 'lobby']],
  );
});
