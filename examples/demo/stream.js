'use strict';

/** The events of a school's platform on a busy day. Every run has the same n-th event per topic. */

const SESSIONS = ['S-1041', 'S-1042', 'S-1043', 'S-1044'];
const SESSION_STATES = ['scheduled', 'active', 'paused', 'active', 'ended'];
const FIRST_ORDER = 7301;
const OPEN_ORDERS = 4;
const ORDER_STATES = ['created', 'paid', 'packed', 'shipped', 'delivered'];
const CAMPUSES = [12, 7];

const database = (table, operation) => ({
  source: 'database',
  type: `database.${operation}`,
  metadata: { table, operation },
});

/** The sessions take turns, and each passes through its states. */
function sessionAt(n) {
  const turn = Math.floor(n / SESSIONS.length);
  const status = SESSION_STATES[turn % SESSION_STATES.length];
  const payload = { sessionId: SESSIONS[n % SESSIONS.length], status, campusId: CAMPUSES[n % 2] };
  return { topic: 'session.status', ...database('sessions', turn === 0 ? 'insert' : 'update'), payload };
}

/** So do the open orders. A delivered order is replaced by a new one. */
function orderAt(n) {
  const turn = Math.floor(n / OPEN_ORDERS);
  const place = n % OPEN_ORDERS;
  const orderId = `O-${FIRST_ORDER + Math.floor(turn / ORDER_STATES.length) * OPEN_ORDERS + place}`;
  const status = ORDER_STATES[turn % ORDER_STATES.length];
  const payload = { orderId, status, campusId: CAMPUSES[n % 2], total: 20 + 37 * place };
  return { topic: 'order.updated', ...database('orders', status === 'created' ? 'insert' : 'update'), payload };
}

module.exports = { orderAt, sessionAt };
