// That the benchmarks run: each kind, with a few events, against sources of the debug build. What
// they measure so is of no interest; that all clients saw the same events, the benchmarks check
// themselves.

import assert from 'node:assert/strict';
import { execFile, execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { promisify } from 'node:util';

import { KINDS } from '../../benchmark/kinds.js';
import { withFigures } from '../../benchmark/markdown.js';
import { MARKS } from '../../benchmark/marks.js';
import { writePlots } from '../../benchmark/plots.js';

const root = join(import.meta.dirname, '..', '..');
const sources = join(root, 'target', 'debug', 'examples');
const effort = { quick: false, scale: 1 };

suite('each kind', { concurrency: 3 }, () => {
  const folder = mkdtempSync(join(tmpdir(), 'benchmark-'));

  before(() => {
    const command = ['build', '--quiet', '--locked', '--example', 'load-source', '--example', 'document-source'];
    execFileSync('cargo', command, { cwd: root, stdio: ['ignore', 'ignore', 'inherit'] });
  });

  after(() => {
    rmSync(folder, { recursive: true });
  });

  for (const [name, kind] of Object.entries(KINDS)) {
    test(name, async (t) => {
      const file = join(folder, `${name}.json`);
      // There are many cases of events; the other kinds have all the clients.
      const only = name === 'events' ? ['--only', `realtime,${kind.baseline}`] : [];
      const words = [
        name,
        ...only,
        '--quick',
        '--rounds',
        '1',
        '--scale',
        '0.005',
        '--source',
        sources,
        '--json',
        file,
      ];
      const { stdout } = await promisify(execFile)(process.execPath, [join(root, 'benchmark', 'run.js'), ...words]);
      const missing = { browser: 'there is no Chromium', database: 'there is no Postgres' }[name];
      if (missing && (await kind.cases({}, effort)).length === 0) return t.skip(missing);
      const report = JSON.parse(readFileSync(file, 'utf8'));
      for (const { name, clients } of report.results) {
        assert.ok(stdout.includes(name), stdout);
        assert.ok(clients.realtime && clients[kind.baseline], `${name}: ${Object.keys(clients)}`);
        for (const { key } of kind.figures) {
          for (const { median } of Object.values(clients))
            assert.ok(Number.isFinite(median[key]) || median[key] === null, key);
        }
      }

      const plots = join(folder, name);
      writePlots(report, plots);
      const drawn = readdirSync(plots).map((file) => readFileSync(join(plots, file), 'utf8'));
      for (const svg of drawn) assert.match(svg, /^<svg [\s\S]*<rect [\s\S]*<\/svg>\n$/);
      const empty = `a\n<!-- figures: ${name} -->\n<!-- end of figures -->\nb\n`;
      const [first] = report.results;
      assert.ok(withFigures(empty, report).includes(`-->\n| | ${kind.figures[0].title} |`));
      assert.ok(withFigures(empty, report).includes(`\n| ${first.name} | `));
      assert.equal(withFigures(empty, { ...report, results: [] }), empty);
    });
  }
});

test('a mark is that of a case, a figure and a client which there are', {
  skip: process.platform !== 'linux',
}, async () => {
  const names = {};
  for (const [name, kind] of Object.entries(KINDS)) {
    names[name] = (await kind.cases({}, effort)).map((each) => each.name);
  }
  for (const { kind, name, key, client = 'realtime' } of MARKS) {
    // A machine may have one core, no Chromium, or a limit of open files.
    const depends =
      name.includes('one core') ||
      name === '10,000 connections' ||
      (['browser', 'database'].includes(kind) && names[kind].length === 0);
    assert.ok(names[kind].includes(name) || depends, `${kind}: ${name}`);
    assert.ok(KINDS[kind].figures.some((figure) => figure.key === key) && KINDS[kind].clients.includes(client));
  }
});

test('a client of a kind is a file', () => {
  for (const [name, { clients, baseline }] of Object.entries(KINDS)) {
    assert.ok(clients.includes(baseline));
    for (const client of clients) {
      const folders = ['clients', join(name, 'clients'), join(name, 'receivers')];
      assert.ok(
        folders.some((folder) =>
          ['js', 'mjs'].some((type) => existsSync(join(root, 'benchmark', folder, `${client}.${type}`))),
        ),
        client,
      );
    }
  }
});
