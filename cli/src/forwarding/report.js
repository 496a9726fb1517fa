/** The lines about deliveries: accepted, repeated, undeliverable. */

import { printable, timeOf } from '../output.js';

/** @import { RealtimeEvent } from '@smarterservices/realtime' */
/** @import { Output } from '../output.js' */
/** @import { Delivered, Undelivered } from './delivery.js' */

/** @param {Output} output @param {string} file where undeliverable events are */
export function reportDeliveries(output, file) {
  /** @param {import('../output.js').Style} style @param {string} what @param {RealtimeEvent} event @param {string} [more] */
  const text = (style, what, { id, topic }, more = '') =>
    `${output.dim(timeOf())} ${output.styled(style, `-> ${printable(what)}`)} ${printable(topic)} ${output.dim(printable(id + more))}`;
  return {
    /** @param {RealtimeEvent} event @param {string} url @param {Delivered} result */
    onDelivered(event, url, { status, ms, attempts }) {
      const { id, topic } = event;
      const record = { kind: 'forwarded', at: Date.now(), id, topic, url, status, ms, attempts };
      output.line(record, text('green', String(status), event, ` ${ms} ms`));
    },
    /** @param {RealtimeEvent} event @param {string} url @param {{ reason: string, attempt: number, delay: number }} failure */
    onRetry(event, url, { reason, attempt, delay }) {
      const { id, topic } = event;
      const record = { kind: 'retry', at: Date.now(), id, topic, url, reason, attempt, delay };
      output.line(record, text('yellow', `${reason}; again in ${delay} ms`, event));
    },
    /** @param {RealtimeEvent} event @param {string} url @param {Undelivered} failure */
    onDead(event, url, { reason, attempts }) {
      const { id, topic } = event;
      const record = { kind: 'dead-letter', at: Date.now(), id, topic, url, reason, attempts, file };
      output.line(record, text('red', `${reason}; in ${file}`, event));
      // In a pipe nobody may look at the lines for a while: a log of errors has it, too.
      if (output.isJson) {
        process.stderr.write(
          printable(`realtime: event ${id} of ${topic} was not delivered: ${reason}. It is in ${file}.`),
        );
        process.stderr.write('\n');
      }
    },
  };
}
