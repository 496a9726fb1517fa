'use strict';
// The figures in the documentation, written by the run that measured them.
//
// In a Markdown file, what stands between `<!-- figures: KIND -->` and `<!-- end of figures -->` is
// replaced. After the kind, cases may be listed, as in
// `<!-- figures: events; 300 bytes; 2,048 bytes -->`; `machine`, `marks` and `plots` are no kinds,
// but work alike.

const { readFileSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { KINDS } = require('./kinds.js');
const { reached } = require('./marks.js');
const { charts } = require('./plots.js');
const { cell, reachedText } = require('./table.js');

const FILES = ['README.md', 'docs/performance.md'].map((file) => path.join(__dirname, '..', file));
const BLOCK = /(<!-- figures: (.+?) -->\n)[\s\S]*?(<!-- end of figures -->)/g;
const SUBJECT = 'realtime';

function updateFigures(report) {
  for (const file of FILES) {
    const text = readFileSync(file, 'utf8');
    const updated = withFigures(text, report);
    if (updated !== text) writeFileSync(file, updated);
  }
}

/** The text with its blocks filled; a block that the report has nothing for stays as it is. */
function withFigures(text, report) {
  return text.replace(BLOCK, (whole, open, title, close) => {
    const [name, ...cases] = title.split(/;\s*/);
    const content = block(name, cases, report);
    return content === undefined ? whole : `${open}${content}\n${close}`;
  });
}

function block(name, cases, report) {
  if (name === 'machine') return machineLine(report);
  if (name === 'marks') return marks(report.results);
  if (name === 'plots') return plots(report);
  const results = report.results.filter(
    (result) => result.kind === name && result.clients[SUBJECT] && (cases.length === 0 || cases.includes(result.name)),
  );
  return results.length === 0 ? undefined : kindTable(KINDS[name], results);
}

function machineLine({ date, effort, machine: { cpu, cores, platform, arch, node } }) {
  return `${cpu.trim()}, ${cores} cores, ${platform} ${arch}, Node ${node.slice(1)}; medians of ${effort.rounds} rounds; ${date.slice(0, 10)}.`;
}

/**
 * A case in each row: the figures of this package with their ratios, and the first one of the other
 * clients.
 */
function kindTable({ figures }, results) {
  const [{ baseline }] = results;
  const [first] = figures;
  const others = Array.from(new Set(results.flatMap(({ clients }) => Object.keys(clients))))
    .filter((client) => client !== SUBJECT)
    .toSorted((a, b) => Number(b === baseline) - Number(a === baseline));
  const titles = ['', ...figures.map(({ title }) => title), ...others.map((client) => `\`${client}\` ${first.title}`)];
  const rows = results.map(({ name, clients }) => {
    const base = clients[baseline]?.median;
    return [
      name,
      ...figures.map(({ key, format }) => cell(format, clients[SUBJECT].median[key], base?.[key])),
      ...others.map((client) => {
        const median = clients[client]?.median;
        return median ? cell(first.format, median[first.key], client === baseline ? undefined : base?.[first.key]) : '';
      }),
    ];
  });
  return markdownTable([titles, ...rows]);
}

function marks(results) {
  const rows = reached(results).map(({ mark, value, ok }) => [
    `${mark.kind}: ${mark.name}, ${mark.title}`,
    ok ? reachedText(mark, value) : `**${reachedText(mark, value)}**`,
    `${mark.least === undefined ? '≤' : '≥'} ${mark.least ?? mark.most} ${mark.unit ?? 'x'}`,
  ]);
  return rows.length === 0 ? undefined : markdownTable([['', 'ratio', 'mark'], ...rows]);
}

/** As `docs/performance.md` sees them. */
function plots(report) {
  const images = charts(report).map(({ file, title }) => `![${title}](plots/${file})`);
  return images.length === 0 ? undefined : images.join('\n\n');
}

function markdownTable([titles, ...rows]) {
  const line = (cells) => `| ${cells.join(' | ')} |`.replaceAll('|  |', '| |');
  return [line(titles), `|${'---|'.repeat(titles.length)}`, ...rows.map(line)].join('\n');
}

module.exports = { updateFigures, withFigures };
