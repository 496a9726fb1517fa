'use strict';
// Attempts a second over time.

const { line, round, text, TEXT } = require('../svg.js');

const COLOURS = {
  realtime: '#3b82f6',
  'realtime, Retry-After': '#22a06b',
  'socket.io-client': '#9ca3af',
  ably: '#c08a2d',
  centrifuge: '#b05fc9',
};
const [WIDTH, HEIGHT, LEFT, TOP, BOTTOM] = [720, 330, 60, 44, 40];
/** The axis of attempts is logarithmic. */
const [LEAST, MOST] = [100, 200_000];

/** @param {{ name: string, perSecond: number[], all: number }[]} results */
function herdPlot(results) {
  const seconds = Math.ceil(Math.max(...results.map(({ all }) => all)) / 10) * 10;
  const x = (second) => round(LEFT + (second / seconds) * (WIDTH - LEFT - 20));
  const share = (attempts) => Math.log(Math.max(attempts, LEAST) / LEAST) / Math.log(MOST / LEAST);
  const y = (attempts) => round(HEIGHT - BOTTOM - share(attempts) * (HEIGHT - BOTTOM - TOP));
  const rows = [100, 1000, 10_000, 100_000].map(
    (attempts) =>
      `${line(LEFT, y(attempts), WIDTH - 20, y(attempts), TEXT, ' stroke-opacity="0.3"')}${text(LEFT - 6, y(attempts) + 4, attempts.toLocaleString('en'), { anchor: 'end' })}`,
  );
  const columns = Array.from({ length: seconds / 20 + 1 }, (_, at) =>
    text(x(at * 20), HEIGHT - BOTTOM + 16, `${at * 20} s`, { anchor: 'middle' }),
  );
  const curves = results.map(({ name, perSecond }) => {
    const points = perSecond.map((attempts, second) => `${x(second + 0.5)},${y(attempts)}`).join(' ');
    return `<polyline points="${points}" fill="none" stroke="${COLOURS[name]}" stroke-width="1.6"/>`;
  });
  const legend = results.map(({ name }, at) => {
    const left = LEFT + at * 130;
    return `<rect x="${left}" y="${HEIGHT - 14}" width="12" height="4" fill="${COLOURS[name]}"/>${text(left + 17, HEIGHT - 8, name)}`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" font-family="system-ui, sans-serif" role="img">`,
    '<title>Attempts to connect, a second</title>',
    text(8, 18, 'Attempts to connect, a second', { size: 14, weight: 'bold' }),
    text(8, 34, '100,000 clients lose their server, which is back after 10 s and takes 2,000 a second'),
    ...rows,
    ...columns,
    ...curves,
    ...legend,
    '</svg>\n',
  ].join('\n');
}

module.exports = { herdPlot };
