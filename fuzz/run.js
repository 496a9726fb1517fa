'use strict';

/**
 * Fuzzes the decoders of a peer's bytes: `npm run fuzz -- --minutes 5 [target ...]`. The targets
 * share the minutes.
 *
 * The folder `fuzz/` has the layout of cargo-fuzz, but this script needs neither cargo-fuzz nor a
 * nightly compiler: the coverage that guides libFuzzer is a stable option of rustc. Only sanitizers
 * need a nightly compiler, and the engine has no unsafe code to sanitize.
 */

const { spawnSync } = require('node:child_process');
const { mkdirSync, readdirSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { parseArgs } = require('node:util');

const { values, positionals } = parseArgs({
  options: { minutes: { type: 'string', default: '5' } },
  allowPositionals: true,
});
const minutes = Number(values.minutes);
const folder = __dirname;
const known = [...readFileSync(join(folder, 'Cargo.toml'), 'utf8').matchAll(/^name = "(\w+)"$/gm)].map(
  ([, name]) => name,
);
const targets = positionals.length > 0 ? positionals : known;
const unknown = targets.filter((name) => !known.includes(name));
if (!(minutes > 0) || unknown.length > 0) {
  console.error(`Usage: npm run fuzz -- [--minutes N] [target ...]; targets: ${known.join(', ')}`);
  process.exit(2);
}

/** The flags of cargo-fuzz, without the sanitizer. */
const COVERAGE = [
  '--cfg=fuzzing',
  '-Cpasses=sancov-module',
  '-Cllvm-args=-sanitizer-coverage-level=4',
  '-Cllvm-args=-sanitizer-coverage-inline-8bit-counters',
  '-Cllvm-args=-sanitizer-coverage-pc-table',
  '-Cllvm-args=-sanitizer-coverage-trace-compares',
  '-Ccodegen-units=1',
  '-Cdebug-assertions',
].join(' ');
const [, host] = /^host: (.*)$/m.exec(run('rustc', ['-vV'], { stdio: 'pipe' }).stdout);
// With `--target`, the flags do not apply to build scripts and macros.
const build = ['build', '--release', '--target', host, ...targets.flatMap((name) => ['--bin', name])];
run('cargo', build, { cwd: folder, env: { ...process.env, RUSTFLAGS: COVERAGE } });

const seconds = Math.max(1, Math.round((minutes * 60) / targets.length));
let executions = 0;
const failed = [];
for (const name of targets) {
  const [corpus, artifacts] = ['corpus', 'artifacts'].map((kind) => join(folder, kind, name));
  for (const path of [corpus, artifacts]) mkdirSync(path, { recursive: true });
  const seeds = readdirSync(join(folder, 'seeds')).includes(name) ? [join(folder, 'seeds', name)] : [];
  const limits = [`-max_total_time=${seconds}`, '-max_len=4096', '-timeout=10', '-rss_limit_mb=2048'];
  const { status, stderr } = spawnSync(
    join(folder, 'target', host, 'release', name),
    [corpus, ...seeds, `-artifact_prefix=${artifacts}/`, '-print_final_stats=1', '-verbosity=1', ...limits],
    { encoding: 'utf8', maxBuffer: 2 ** 28 },
  );
  const figure = (pattern) => [...stderr.matchAll(pattern)].at(-1)?.[1] ?? '?';
  const count = Number(figure(/number_of_executed_units: (\d+)/g));
  executions += count || 0;
  const verdict = status === 0 ? 'nothing found' : 'FAILED';
  console.log(`${name}: ${count} executions, coverage ${figure(/cov: (\d+)/g)}, ${verdict}`);
  if (status !== 0) {
    failed.push(name);
    console.error(stderr.split('\n').slice(-40).join('\n'));
  }
}
console.log(`${executions} executions of ${targets.length} targets in ${minutes} minutes, ${failed.length} failed`);
process.exit(failed.length > 0 ? 1 : 0);

function run(command, args, options) {
  const result = spawnSync(command, args, { stdio: 'inherit', encoding: 'utf8', ...options });
  if (result.error || result.status !== 0) {
    console.error(`${command} ${args.join(' ')} failed: ${result.error ?? `exit code ${result.status}`}`);
    process.exit(1);
  }
  return result;
}
