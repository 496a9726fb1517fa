'use strict';
// Runs the benchmarks: `npm run bench -- events latency --quick`. README.md says what each
// compares.

const { mkdirSync, readFileSync, statSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { parseArgs } = require('node:util');
const { KINDS } = require('./kinds.js');
const { updateFigures } = require('./markdown.js');
const { writePlots } = require('./plots.js');
const { machine } = require('./rounds.js');
const source = require('./source.js');
const { marksTable, resultTable } = require('./table.js');

const OPTIONS = {
  quick: { type: 'boolean', default: false },
  rounds: { type: 'string' },
  scale: { type: 'string' },
  only: { type: 'string' },
  source: { type: 'string' },
  json: { type: 'string' },
  from: { type: 'string' },
  markdown: { type: 'boolean', default: false },
  plots: { type: 'boolean', default: false },
};

/** The command line asks for what there is not. */
class UsageError extends Error {
  constructor(problem) {
    super(`${problem} (benchmark/README.md has the options; the benchmarks: ${Object.keys(KINDS).join(', ')})`);
  }
}

/** @param {string[]} words of the command line */
async function main(words) {
  const names = words.filter((word) => !word.startsWith('-') && Object.hasOwn(KINDS, word));
  const own = Object.assign({}, ...names.map((name) => KINDS[name].options));
  const { values: options, positionals } = parse(words, { ...own, ...OPTIONS });
  const unknown = positionals.find((word) => !Object.hasOwn(KINDS, word));
  if (unknown) throw new UsageError(`There is no benchmark '${unknown}'`);

  const report = options.from ? JSON.parse(readFileSync(options.from, 'utf8')) : await measure(positionals, options);
  const marks = marksTable(report.results);
  if (marks) console.log(marks);
  if (options.markdown) updateFigures(report);
  if (options.plots) writePlots(report);
}

function parse(args, options) {
  try {
    return parseArgs({ args, options, allowPositionals: true });
  } catch (error) {
    throw new UsageError(error.message.split('. ')[0]);
  }
}

/**
 * Runs the kinds, all of them if none is named, and shows and saves each result as soon as there is
 * one.
 */
async function measure(names, { quick, rounds, scale, only, source: built, json, ...options }) {
  const began = performance.now();
  const effort = { quick, rounds: Number(rounds ?? (quick ? 2 : 5)), scale: Number(scale ?? (quick ? 0.15 : 1)) };
  const report = { date: new Date().toISOString(), machine: machine(), effort, options, results: [] };
  if (json) mkdirSync(path.dirname(json), { recursive: true });
  const programs = {};
  const program = (example) => {
    programs[example] ??= built ? within(built, example) : source.build(example);
    return programs[example];
  };
  for (const name of names.length > 0 ? names : Object.keys(KINDS)) {
    const kind = KINDS[name];
    const wanted = only?.split(',');
    const clients = wanted
      ? [...kind.clients, ...(kind.variants ?? [])].filter((client) => wanted.includes(client))
      : kind.clients;
    if (clients.length === 0) continue;
    console.log(`${name}: ${kind.title}\n`);
    for (const what of await kind.cases(options, effort)) {
      const outcome = await kind.compare(what, { names: clients, program, ...effort });
      const result = { kind: name, name: what.name, plan: what.plan, baseline: kind.baseline, ...outcome };
      console.log(resultTable(kind, result));
      report.results.push(result);
      if (json) writeFileSync(json, `${JSON.stringify(report, null, 2)}\n`);
    }
  }
  console.log(`${Math.round((performance.now() - began) / 1000)} s\n`);
  return report;
}

/** A source that was built before: the program itself, or the folder it is in. */
function within(built, example) {
  return statSync(built).isDirectory() ? path.join(built, example) : built;
}

if (require.main === module) {
  main(process.argv.slice(2)).catch((error) => {
    console.error(error instanceof UsageError ? error.message : error.stderr || error);
    process.exitCode = 1;
  });
}

module.exports = { main };
