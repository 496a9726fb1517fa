/** Collections, with maps. */

import type { LiveCollection } from '@smarterservices/realtime';
import { client, holds, type Order, type Same } from './client.js';

export async function collect(): Promise<void> {
  const orders = await client.collection({
    topic: 'order.updated',
    key: 'orderId',
    filter: ({ status }) => status === 'paid',
    orderBy: (a, b) => a.orderId - b.orderId,
    snapshot: async ({ signal }) => (signal.aborted ? [] : { rows: [] as Order[], lsn: '0/1' }),
  });
  holds<Same<typeof orders, LiveCollection<Order>>>();
  orders.on('change', ({ changes: [first], reset }) => {
    if (first?.type === 'update') holds<Same<typeof first.previous, Order>>();
    if (first?.type === 'delete') holds<Same<typeof first.row, undefined>>();
    holds<Same<typeof reset, boolean>>();
  });
  for (const [, row] of orders) row.orderId.toFixed();
  // @ts-expect-error TS2820: Did you mean '"orderId"'?
  await client.collection({ topic: 'order.updated', key: 'ordrId' });
  // @ts-expect-error TS2820: Did you mean '"order.updated"'?
  await client.collection({ topic: 'order.updatd' });
}
