'use strict';
// The parts of the charts, as SVG in colours that can be read on white and on black.

const TEXT = '#7d8590';

function text(x, y, content, { anchor = 'start', size = 11, weight = 'normal' } = {}) {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" text-anchor="${anchor}" fill="${TEXT}">${escaped(content)}</text>`;
}

function line(x1, y1, x2, y2, colour, more = '') {
  return `<line x1="${x1}" y1="${y1}" x2="${x2}" y2="${y2}" stroke="${colour}"${more}/>`;
}

function round(number) {
  return Math.round(number * 10) / 10;
}

function escaped(content) {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;');
}

module.exports = { escaped, line, round, text, TEXT };
