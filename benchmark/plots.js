'use strict';
// Charts of the ratios, drawn by hand as SVG in colours that can be read on white and on black.

const { mkdirSync, writeFileSync } = require('node:fs');
const path = require('node:path');
const { KINDS } = require('./kinds.js');
const { markOf, ratioOf } = require('./marks.js');
const { escaped, line, round, text, TEXT } = require('./svg.js');
const { ratioText } = require('./table.js');

const FOLDER = path.join(__dirname, '..', 'docs', 'plots');

/** Each chart shows some figures of some kinds; `[kind, figure]` by figure, then by case. */
const CHARTS = [
  { file: 'events', title: 'Events a second', figures: [['events', 'eventsPerSecond']] },
  {
    file: 'main-thread',
    title: 'Processor time of the JavaScript thread for an event',
    figures: [
      ['events', 'mainThreadMicroseconds'],
      ['trickle', 'mainThreadMicroseconds'],
    ],
  },
  {
    file: 'process',
    title: 'Processor time of the whole process for an event',
    figures: [
      ['events', 'processMicroseconds'],
      ['trickle', 'processMicroseconds'],
    ],
  },
  {
    file: 'delay',
    title: 'Latency, event-loop delay of the host, start',
    figures: [
      ['latency', 'p50'],
      ['latency', 'p99'],
      ['loop', 'p99'],
      ['crowd', 'p99'],
      ['start', 'milliseconds'],
      ['idle', 'connectMilliseconds'],
    ],
  },
  {
    file: 'memory',
    title: 'Memory',
    figures: [
      ['memory', 'peakMegabytes'],
      ['idle', 'residentKilobytes'],
    ],
  },
  {
    file: 'browser',
    title: 'In a page of Chromium',
    figures: [
      ['browser', 'eventsPerSecond'],
      ['browser', 'taskMicroseconds'],
      ['browser', 'milliseconds'],
      ['browser', 'kilobytesAtOnce'],
      ['browser', 'kilobytes'],
    ],
  },
  { file: 'documents', title: 'Documents: requests a second', figures: [['documents', 'requestsPerSecond']] },
  { file: 'webhook', title: 'Webhooks: deliveries a second', figures: [['webhook', 'deliveriesPerSecond']] },
];

/** Those of this package are coloured, the others grey. */
const COLOURS = [
  [/^realtime/, '#3b82f6'],
  [/./, '#9ca3af'],
];
const MARK = '#e5484d';
const WIDTH = 720;
const LEFT = 265;
const RIGHT = 100;
/** Of the text at the end of a bar, which a mark must not cross. */
const TEXT_WIDTH = 95;
const BAR = 11;
const GAP = 9;

function writePlots(report, folder = FOLDER) {
  mkdirSync(folder, { recursive: true });
  for (const { file, svg } of charts(report)) writeFileSync(path.join(folder, file), svg);
}

/** Those that the report has something for. */
function charts({ results }) {
  return CHARTS.flatMap((definition) => {
    const { file, title, figures } = definition;
    const rows = figures.flatMap(([kind, key]) => rowsOf(results, kind, key, figures));
    return rows.length === 0 ? [] : [{ file: `${file}.svg`, title, svg: chart(title, rows) }];
  });
}

/** One row for each case: a bar for each client but the baseline. */
function rowsOf(results, kind, key, figures) {
  const several = figures.length > 1;
  const different = figures.some(([, other]) => other !== key);
  const figure = KINDS[kind].figures.find((figure) => figure.key === key);
  return results
    .filter((result) => result.kind === kind)
    .map((result) => ({
      label: `${several ? `${kind}, ` : ''}${result.name}${different ? `: ${figure.title}` : ''}`,
      baseline: result.baseline,
      better: figure.better,
      bars: Object.keys(result.clients).flatMap((client) => {
        const ratio = client === result.baseline ? undefined : ratioOf(result, client, key);
        return ratio === undefined ? [] : [{ client, ratio, mark: markOf(result, client, key) }];
      }),
    }))
    .filter(({ bars }) => bars.length > 0);
}

function chart(title, rows) {
  const [{ baseline, better }] = rows;
  const most = Math.max(1, ...rows.flatMap(({ bars }) => bars.flatMap(({ ratio, mark = 0 }) => [ratio, mark])));
  const x = (ratio) => round(LEFT + (ratio / most) * (WIDTH - LEFT - RIGHT));
  const parts = [];
  let y = 52;
  for (const { label, bars } of rows) {
    parts.push(text(LEFT - 8, y + (bars.length * BAR) / 2 + 4, label, { anchor: 'end' }));
    for (const { client, ratio, mark } of bars) {
      const [, fill] = COLOURS.find(([name]) => name.test(client));
      const end = mark > ratio && x(mark) < x(ratio) + TEXT_WIDTH ? x(mark) : x(ratio);
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${round(x(ratio) - LEFT)}" height="${BAR - 2}" fill="${fill}"/>`,
        text(end + 4, y + BAR - 3, `${ratioText(ratio)} ${client}`, { size: 9 }),
      );
      if (mark) parts.push(line(x(mark), y - 2, x(mark), y + BAR, MARK));
      y += BAR;
    }
    y += GAP;
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y + 6}" font-family="system-ui, sans-serif" role="img">`,
    `<title>${escaped(title)}</title>`,
    text(8, 18, title, { size: 14, weight: 'bold' }),
    text(8, 35, `${baseline} = 1 (grey line), ${better} is better; red: the mark`, { size: 11 }),
    line(x(1), 44, x(1), y, TEXT),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

module.exports = { charts, writePlots };
