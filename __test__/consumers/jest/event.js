'use strict';

/** What the platform publishes as soon as somebody has subscribed to the topic. */
module.exports = {
  id: 'evt_1',
  topic: 'session.status',
  source: 'database',
  type: 'database.update',
  payload: { campusId: 12, tags: ['a', null], nested: { at: 1.5 } },
  metadata: { timestamp: 1700000000000, table: 'sessions', operation: 'update' },
};
