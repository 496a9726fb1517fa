'use strict';
// A trigger that notifies of each row, and a listener. Nothing is kept for a listener that is away,
// and a row may have 8,000 bytes at most.

const pg = require('pg');
const { usage } = require('../usage.js');

/** @param {{ url: string, onRow: (at: number) => void }} options */
async function start({ url, onRow }) {
  const client = new pg.Client(url);
  await client.connect();
  await client.query(`
    CREATE OR REPLACE FUNCTION tell() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN PERFORM pg_notify('bench', row_to_json(NEW)::text); RETURN NULL; END $$;
    CREATE TRIGGER tell AFTER INSERT ON bench FOR EACH ROW EXECUTE FUNCTION tell();
    LISTEN bench`);
  client.on('notification', ({ payload }) => onRow(JSON.parse(payload).at));
  return { usage: async () => usage(), close: () => client.end() };
}

module.exports = { start };
