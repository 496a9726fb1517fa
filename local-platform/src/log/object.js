/**
 * A record of the activity as one JSON object, for programs. Like the lines for people, it has
 * names and never payloads, tokens or secrets.
 */

import { withoutQuery } from './line.js';

/** @import { ActivityRecord } from '../activity.js' */

/** @param {ActivityRecord} record */
export const toJson = (record) => JSON.stringify({ time: record.time, type: record.type, ...membersOf(record) });

/** @param {ActivityRecord} record @returns {object} */
function membersOf(record) {
  switch (record.type) {
    case 'connected': {
      const { id, sub, protocol, applicationId, environment } = record.connection;
      return { connection: { id, sub, protocol, applicationId, environment } };
    }
    case 'published':
      return { event: envelopeOf(record.event), receivers: record.receivers, filtered: record.filtered };
    case 'message':
      return { event: envelopeOf(record.event), receivers: record.receivers };
    case 'document': {
      const { service, id, revision } = record.document;
      return { operation: record.operation, document: { service, id, revision } };
    }
    case 'topic': {
      const { name, activeSchemaVersion } = record.topic;
      return { operation: record.operation, topic: { name, activeSchemaVersion } };
    }
    case 'webhook':
      return { attempt: record.attempt, url: withoutQuery(record.request.url) };
    default: {
      const { time: _time, type: _type, ...members } = record;
      return members;
    }
  }
}

/** @param {import('../../index.js').LocalEvent} event */
const envelopeOf = ({ id, topic, source, type, metadata: { timestamp } }) => ({ id, topic, source, type, timestamp });
