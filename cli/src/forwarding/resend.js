/** `realtime resend --dead-letters`: delivers the events of a dead-letter file. */

import { EXIT, usageError } from '../exit-codes.js';
import { parseCount } from '../input.js';
import { watchInterruption } from '../interruption.js';
import { counted, Output, printable } from '../output.js';
import { ClaimedLetters } from './claimed-letters.js';
import { Deliveries } from './delivery.js';
import { reportDeliveries } from './report.js';
import { createSigner } from './signer.js';

/** @import { WebhookScheme } from '@smarterservices/realtime' */
/** @import { Claimed } from './claimed-letters.js' */

/** Topics whose events are delivered at the same time. */
const MAX_TOPICS = 16;

/**
 * @typedef {object} OwnOptions
 * @property {boolean} [json]
 * @property {boolean} [color]
 * @property {string} deadLetters
 * @property {string} [forwardTo]
 * @property {string} [sign]
 * @property {WebhookScheme} scheme
 * @property {string} retries
 */

/** @typedef {import('../configuration.js').ConnectionOptions & OwnOptions} ResendLettersOptions */

/** @param {ResendLettersOptions} options */
export async function resendDeadLetters(options) {
  const { deadLetters: path, forwardTo } = options;
  if (forwardTo !== undefined && !(URL.canParse(forwardTo) && /^https?:/.test(forwardTo))) {
    throw usageError('--forward-to: expected an address such as http://localhost:8080/events.');
  }
  const retries = parseCount(options.retries, '--retries');
  const sign = await createSigner(options);
  const output = new Output(options);
  const report = reportDeliveries(output, path);
  const interruption = watchInterruption();
  const deliveries = new Deliveries({ retries, sign, onRetry: report.onRetry });
  interruption.signal.addEventListener('abort', () => deliveries.hurry());
  const claimed = new ClaimedLetters(path);
  let forwarded = 0;
  /** @param {Claimed[]} letters of one topic */
  const deliver = async (letters) => {
    for (const each of letters) {
      if (deliveries.isHurried) return;
      const { event, url: recorded } = each.letter;
      const url = forwardTo ?? recorded;
      const result = await deliveries.run(event, url);
      if ('reason' in result) {
        // The next one would overtake it.
        report.onDead(event, url, result);
        return;
      }
      claimed.remove(each);
      forwarded += 1;
      report.onDelivered(event, url, result);
    }
  };
  try {
    const topics = groupByTopic(claimed.letters);
    const lanes = Array.from({ length: MAX_TOPICS }, async () => {
      for (let next = topics.shift(); next !== undefined; next = topics.shift()) await deliver(next);
    });
    await Promise.all(lanes);
  } finally {
    deliveries.close();
    claimed.close();
    summarise(output, { forwarded, remaining: claimed.remaining, unreadable: claimed.unreadable, file: path });
    interruption.release();
  }
  if (claimed.remaining > 0) process.exitCode = EXIT.undelivered;
}

/** @param {Claimed[]} letters @returns {Claimed[][]} */
function groupByTopic(letters) {
  /** @type {Map<string, Claimed[]>} */
  const groups = new Map();
  for (const each of letters) {
    const { topic } = each.letter.event;
    const group = groups.get(topic);
    if (group) group.push(each);
    else groups.set(topic, [each]);
  }
  return [...groups.values()];
}

/** @param {Output} output @param {{ forwarded: number, remaining: number, unreadable: number, file: string }} result */
function summarise(output, { forwarded, remaining, unreadable, file }) {
  const left = remaining === 0 ? '' : `, ${remaining} still in ${printable(file)}`;
  const strange = unreadable === 0 ? '' : `, of which ${counted(unreadable, 'line is', 'lines are')} not readable`;
  const text = `${counted(forwarded, 'event')} forwarded${left}${strange}`;
  output.line({ kind: 'summary', forwarded, remaining, unreadable, file }, output.styled('bold', text));
}
