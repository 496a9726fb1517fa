/** The support for tests with a real Postgres: it starts, crashes, restarts, and leaves nothing behind. */

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import { describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import pg from 'pg';
import { startPostgres, whyNoPostgres } from '../support/postgres.js';

const SUPPORT = pathToFileURL(path.join(import.meta.dirname, '..', 'support', 'postgres.js')).href;

describe('a Postgres for tests', { skip: whyNoPostgres() }, () => {
  test('has logical replication, survives SIGKILL, and takes settings', async (t) => {
    const postgres = await startPostgres();
    t.after(() => postgres.stop());
    const { rows } = await postgres.query("SELECT current_setting('wal_level') AS level");
    assert.deepEqual(rows, [{ level: 'logical' }]);
    const { name } = await postgres.createDatabase();
    await postgres.query('CREATE TABLE a AS SELECT 1 AS id', undefined, name);
    await postgres.kill();
    await assert.rejects(postgres.query('SELECT 1'), { code: 'ECONNREFUSED' });
    await postgres.start();
    assert.deepEqual((await postgres.query('SELECT * FROM a', undefined, name)).rows, [{ id: 1 }]);
    await postgres.restart({ wal_level: 'replica' });
    const after = await postgres.query("SELECT current_setting('wal_level') AS level");
    assert.deepEqual(after.rows, [{ level: 'replica' }]);
  });

  test('is gone with its files after the test process was killed', async () => {
    const program = `
      const { startPostgres } = await import(${JSON.stringify(SUPPORT)});
      const postgres = await startPostgres();
      const { rows } = await postgres.query("SELECT current_setting('data_directory') AS folder");
      console.log(JSON.stringify({ url: postgres.url(), folder: rows[0].folder }));
      setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: import.meta.dirname,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const [line] = await once(readline.createInterface({ input: child.stdout }), 'line');
    const { url, folder } = JSON.parse(line);
    const scratch = path.dirname(folder);
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const lost = once(client, 'error');
    // The folder that holds the directory of this server changes when the directory is removed.
    const removed = new Promise((resolve) => {
      const watcher = fs.watch(path.dirname(scratch), () => {
        if (fs.existsSync(scratch)) return;
        watcher.close();
        resolve(undefined);
      });
    });
    child.kill('SIGKILL');
    await Promise.all([lost, removed]);
  });
});
