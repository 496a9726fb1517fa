/**
 * The text format of Prometheus, version 0.0.4: one family of samples after the other.
 *
 * Label values come from peers, such as topics. Prometheus takes nothing of a page that has one
 * sample it cannot read, or the same sample twice. So whatever a value contains, it becomes one
 * line, and values that look the same afterwards become one sample.
 */

/**
 * @typedef {Record<string, string>} Labels
 * @typedef {{ labels: Labels, value: number, suffix?: string }} Sample
 */

/**
 * What may end a line, a value or a page in one of the parsers; and halves of surrogate pairs,
 * which UTF-8 does not have.
 */
const UNSAFE = /(?!\n)[\p{Cc}\p{Cs}\u2028\u2029]/gu;
const REPLACEMENT = '\ufffd';

/** The value of a label, without what no parser has to accept. @param {string} text */
function clean(text) {
  return text.replace(UNSAFE, REPLACEMENT);
}

/**
 * The lines of one family; without samples, none.
 *
 * @param {string} name
 * @param {'counter' | 'gauge' | 'histogram'} type
 * @param {string} help without a line break and without a backslash
 * @param {Sample[]} samples
 */
function family(name, type, help, samples) {
  if (samples.length === 0) return '';
  /** @type {Map<string, number>} */
  const lines = new Map();
  for (const { labels, value, suffix = '' } of samples) {
    const series = `${name}${suffix}{${Object.entries(labels).map(label).join()}}`;
    lines.set(series, (lines.get(series) ?? 0) + value);
  }
  const text = [...lines].map(([series, value]) => `${series} ${value}\n`).join('');
  return `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n${text}`;
}

/** @param {[name: string, value: string]} label */
function label([name, value]) {
  const escaped = clean(value).replace(/[\\"]/g, '\\$&').replaceAll('\n', '\\n');
  return `${name}="${escaped}"`;
}

export { clean, family };
