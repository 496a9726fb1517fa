/** The types of the hooks, for a client whose topics are registered. */

import { RealtimeClient, type RealtimeEvent } from '@smarterservices/realtime';
import {
  RealtimeProvider,
  useConnection,
  useDocument,
  useEvent,
  useEvents,
  usePresence,
  useRealtimeClient,
} from '@smarterservices/realtime/react';

interface Topics {
  'session.status': { sessionId: number; status: string };
  'order.updated': { orderId: string };
}

declare module '@smarterservices/realtime/react' {
  interface Register {
    client: RealtimeClient<Topics>;
  }
}

const client = new RealtimeClient<Topics>({ url: 'http://localhost:3000', token: 'token', autoConnect: false });

function Status() {
  const { state, reason } = useConnection();
  const event = useEvent('session.status', { filter: { campusId: 12 }, enabled: state === 'connected' });
  const status: string | undefined = event?.payload.status;
  useEvents('order.updated', ({ payload }) => payload.orderId.toUpperCase());
  useEvents('order.updated', (event: RealtimeEvent<{ orderId: string }>) => event, { returnMode: 'diff' });
  const { data, revision, ready, update } = useDocument<{ likes: number }>('notes', 'n1', { returnMode: 'both' });
  const like = () => update(({ likes }) => ({ likes: likes + 1 }), { attempts: 3 });
  const { members, error } = usePresence('lobby', { enabled: ready });
  const { socketClient } = useRealtimeClient();
  const mine = members.find(({ socketId }) => socketId === socketClient.id)?.joinedAt;

  // @ts-expect-error the topic is mistyped
  useEvent('session.statuses');
  // @ts-expect-error the topic has no such member
  useEvents('session.status', ({ payload }) => payload.orderId);
  // @ts-expect-error a filter value is a scalar
  useEvent('session.status', { filter: { campusId: undefined } });
  // @ts-expect-error the document has no such member
  data?.dislikes;
  // @ts-expect-error an update returns all of the data
  update(() => ({}));
  // @ts-expect-error components share the members
  members.push({ socketId: 'a', joinedAt: 1 });
  return [state, reason, status, data?.likes, revision, mine, error?.code, like].join();
}

export const page = (
  <RealtimeProvider client={client}>
    <Status />
  </RealtimeProvider>
);
// @ts-expect-error a provider needs a client
export const without = <RealtimeProvider />;
