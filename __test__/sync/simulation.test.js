/**
 * Live documents against a modelled server, in virtual time: whatever it does, the client ends up
 * with what the server has. The server writes, deletes, goes back to a backup with and without a
 * new connection, announces revisions that never were, answers reads from replicas that lag behind;
 * events are late, out of order, or lost and reported as lost.
 */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { clock, pass } from '../support/virtual-clock.js';

const { RealtimeError } = await import('../../lib/index.js');
const { DocumentSync } = await import('../../lib/sync/document-sync.js');

const RUNS = Number(process.env.SIMULATION_RUNS ?? 1000);
const FROM = Number(process.env.SIMULATION_FROM ?? 1);
/** What must have come about in all runs together. */
const SITUATIONS = [
  'reset',
  'restored',
  'restored in silence',
  'absurd',
  'lagging',
  'missed',
  'local',
  'created again',
];

/** Mulberry32. */
function randomOf(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One run: gives what came about, or throws. */
async function run(seed, coverage) {
  const random = randomOf(seed);
  // The client's own chance, so that a seed always gives the same run.
  Math.random = randomOf(-seed);
  const below = (limit) => Math.floor(random() * limit);
  const chance = (of) => random() < of;
  const say = process.env.SIMULATION_RUNS === '1' ? (...all) => console.log(Math.round(clock.now()), ...all) : () => {};
  const count = (name) => {
    say(name);
    coverage.set(name, (coverage.get(name) ?? 0) + 1);
  };
  const mode = ['full', 'diff', 'both', 'none'][below(4)];
  // Whether a document that is created again goes on with its revisions. A replica that shows the
  // former life of one that does not, or a time before the restore, cannot be told from the truth.
  const countsOn = chance(0.5);
  const isLagging = countsOn && chance(0.5);

  let present = { revision: 1, data: { n: 0 } };
  let history = [{ at: clock.now(), state: present }];
  const restore = (state) => {
    history = [];
    become(state);
  };
  const become = (state) => {
    say('server', state);
    present = state;
    history.push({ at: clock.now(), state });
  };

  let sync;
  const documents = { state: 'connected', open: () => ['sub_1', 'sub_2'], close() {}, report: assert.fail };
  const told = [];
  const observer = {
    changed: (change) => {
      told.push(change);
      say('told', change);
      if (change.reset) count('reset');
      if (change.isLocal) count('local');
      const last = told.at(-2);
      if (last && !change.reset)
        assert.ok(
          change.revision >= last.revision,
          `revisions rise, or the change says reset: ${JSON.stringify(told.slice(-3))}`,
        );
    },
    failed: assert.fail,
    ended() {},
  };
  let connection = 0;
  let lostAt = -Infinity;
  const lose = () => {
    connection += 1;
    lostAt = clock.now();
  };
  let reads = 0;
  const read = () =>
    new Promise((resolve, reject) => {
      reads += 1;
      // Where events were lost, nothing tells that a read is outdated.
      const lag = isLagging && clock.now() > lostAt + 3000 && chance(0.5) ? below(2500) : 0;
      if (lag > 0) count('lagging');
      clock.setTimeout(() => {
        const { state } = history.findLast(({ at }, n) => n === 0 || at <= clock.now() - lag);
        say('read', state, 'lag', lag);
        const answer = () =>
          state.data === undefined
            ? reject(new RealtimeError('NOT_FOUND', 'none'))
            : resolve({ service: 's', id: 'd', createdAt: 1, updatedAt: 1, ...structuredClone(state) });
        clock.setTimeout(answer, below(100));
      }, below(100));
    });

  let latest = clock.now();
  /** Sends an event: mostly in order. */
  const send = ({ revision, data }, diff) => {
    const sentOn = connection;
    latest = Math.max(latest, clock.now() + below(60));
    const at = chance(0.1) ? clock.now() + below(300) : latest;
    const content = {
      full: { data },
      diff: { diff },
      both: { data, diff },
      none: {},
    }[mode];
    const update =
      data === undefined ? { revision, deleted: true } : structuredClone({ revision, deleted: false, ...content });
    clock.setTimeout(() => {
      if (sentOn !== connection) return;
      say('event', update);
      sync.event(update);
    }, at - clock.now());
  };
  const reconnect = async () => {
    lose();
    documents.state = 'reconnecting';
    sync.connection();
    await pass(below(200));
    documents.state = 'connected';
    sync.connection();
    for (const id of ['sub_1', 'sub_2']) clock.setTimeout(() => sync.answered(id), below(50));
  };
  const write = (isOwn) => {
    const n = below(1e6);
    const settle = isOwn ? sync.write() : undefined;
    const [sent, answered] = [below(50), below(100)];
    clock.setTimeout(() => {
      const state = present.data === undefined ? create() : { revision: present.revision + 1, data: { n } };
      become(state);
      send(state, [{ op: 'set', path: '', value: state.data }]);
      if (settle) clock.setTimeout(() => settle({ ...structuredClone(state), id: 'd' }), answered);
    }, sent);
  };
  const create = () => {
    count('created again');
    return { revision: countsOn ? present.revision + 1 : 1, data: { n: below(1e6) } };
  };
  const steps = {
    write: () => write(false),
    own: () => write(true),
    delete: () => {
      if (present.data === undefined) return;
      become({ revision: present.revision + 1, data: undefined });
      send(present);
    },
    reconnect,
    missed: () => {
      count('missed');
      lose();
      clock.setTimeout(() => sync.missed(), below(50));
    },
    async restore() {
      const { state } = history[below(history.length)];
      if (state.data === undefined || state.revision >= present.revision) return;
      // Answers to writes come before it.
      await pass(200);
      count('restored');
      restore(state);
      await reconnect();
    },
    async 'restore in silence'() {
      const { state } = history[below(history.length)];
      // With less, an event can look as if it followed: nobody could tell.
      if (state.data === undefined || state.revision + 8 > present.revision || mode === 'none') return;
      await pass(20_000);
      count('restored in silence');
      restore(state);
      write(false);
      await pass(20_000);
    },
    absurd: () => {
      count('absurd');
      const revision = chance(0.5) ? Number.MAX_SAFE_INTEGER : present.revision + 2 + below(100);
      send({ revision, data: { n: 'false' } }, [{ op: 'set', path: '/n', value: 'false' }]);
      write(false);
    },
  };

  sync = new DocumentSync(documents, { service: 's', id: 'd', read }, observer);
  for (const id of ['sub_1', 'sub_2']) sync.answered(id);
  const names = [...Object.keys(steps), 'write', 'write', 'write', 'write', 'write', 'write', 'own', 'own'];
  for (let n = 20 + below(40); n > 0; n -= 1) {
    await steps[names[below(names.length)]]();
    await pass(below(chance(0.1) ? 8000 : 150));
  }
  await pass(60_000);
  const { revision, data } = sync.replica;
  assert.deepEqual(data, present.data, `revision ${revision} instead of ${present.revision}, mode ${mode}`);
  if (data !== undefined) assert.equal(revision, present.revision);
  const last = told.at(-1);
  assert.deepEqual([last.data, last.revision], [data, data === undefined ? last.revision : revision], 'all was told');
  await pass(60_000);
  reads = 0;
  await pass(600_000);
  assert.equal(reads, 0, 'it has come to rest');
  sync.close();
}

test('the client ends up with what the server has, and reads come to rest', { timeout: 55_000 }, async () => {
  const coverage = new Map();
  for (let seed = FROM; seed < FROM + RUNS; seed += 1) {
    try {
      await run(seed, coverage);
    } catch (error) {
      error.message = `seed ${seed}: ${error.message}`;
      throw error;
    }
  }
  if (process.env.SIMULATION_RUNS === undefined)
    for (const situation of SITUATIONS) assert.ok(coverage.get(situation) > 0, `'${situation}' never came about`);
});
