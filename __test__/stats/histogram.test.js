/** The histogram of the JavaScript engine: the same data as for that of the Rust engine. */

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { Histogram } from '../../lib/engines/javascript/session/meter/histogram.js';

const FILE = new URL('../../tests/stats/histograms.json', import.meta.url);

for (const { name, values, distribution } of JSON.parse(readFileSync(FILE, 'utf8')))
  test(name, () => {
    const histogram = new Histogram();
    for (const [value, times] of values) for (let n = 0; n < times; n++) histogram.record(value);
    assert.deepEqual(histogram.distribution() ?? null, distribution);
  });
