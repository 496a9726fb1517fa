'use strict';
// The library that the platform is built on, alone: its rows go to the handler in the same process.

const pg = require('pg');
const { LogicalReplicationService, PgoutputPlugin } = require('pg-logical-replication');
const { usage } = require('../usage.js');

const NAME = 'bench_alone';

/** @param {{ url: string, onRow: (at: number) => void }} options */
async function start({ url, onRow }) {
  const control = new pg.Client(url);
  await control.connect();
  await control.query(`DROP PUBLICATION IF EXISTS ${NAME}; CREATE PUBLICATION ${NAME} FOR TABLE bench`);
  await control.query("SELECT pg_create_logical_replication_slot($1, 'pgoutput')", [NAME]);
  const service = new LogicalReplicationService({ connectionString: url }, { flowControl: { enabled: true } });
  service.on('data', (_lsn, { tag, new: row }) => {
    if (tag === 'insert') onRow(row.at);
  });
  service.on('error', () => {});
  const started = new Promise((resolve) => service.once('start', resolve));
  service.subscribe(new PgoutputPlugin({ protoVersion: 1, publicationNames: [NAME] }), NAME).catch(() => {});
  await started;
  return {
    usage: async () => usage(),
    close: async () => {
      await service.destroy();
      const active = `SELECT 1 FROM pg_replication_slots WHERE slot_name = '${NAME}' AND active`;
      while ((await control.query(active)).rows.length > 0);
      await control.query(`SELECT pg_drop_replication_slot('${NAME}'); DROP PUBLICATION ${NAME}`);
      await control.end();
    },
  };
}

module.exports = { start };
