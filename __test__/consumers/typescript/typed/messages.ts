/** Messages with a map from channels and names to the types of their data. */

import type { ChannelMessage, DirectMessage } from '@smarterservices/realtime';
import { client, holds, type Same } from './client.js';

const { socketClient } = client;

export async function use(): Promise<void> {
  await socketClient.joinChannel('lobby');
  await socketClient.joinChannel('game:7');
  await socketClient.leaveChannel('game:7');
  await socketClient.members('lobby');
  socketClient.presence('lobby').get('id')?.joinedAt.toFixed();
  const { id } = await socketClient.publish('lobby', 'greeting', { text: 'hello' }, { retry: true });
  await socketClient.publish('lobby', 'left');
  await socketClient.publish('lobby', 'left', {}, { volatile: true });
  await socketClient.publish('game:7', 'move', { x: 1, y: 2 });
  await socketClient.broadcast('lobby', 'greeting', { text: id });
  await socketClient.directMessage('socket', 'ping', { at: 1 }, { timeout: 1000 });

  // @ts-expect-error TS2345: "loby"' is not assignable to parameter of type
  await socketClient.joinChannel('loby');
  // @ts-expect-error TS2345: "direct"' is not assignable to parameter of type
  await socketClient.joinChannel('direct');
  // @ts-expect-error TS2345: "loby"' is not assignable to parameter of type
  await socketClient.publish('loby', 'greeting', { text: 'hello' });
  // @ts-expect-error TS2345: "greting"' is not assignable to parameter of type
  await socketClient.publish('lobby', 'greting', { text: 'hello' });
  // @ts-expect-error TS2345: "move"' is not assignable to parameter of type
  await socketClient.publish('lobby', 'move', { x: 1, y: 2 });
  // @ts-expect-error TS2561: Did you mean to write 'text'?
  await socketClient.publish('lobby', 'greeting', { txt: 'hello' });
  // @ts-expect-error TS2554: Expected 3-4 arguments, but got 2
  await socketClient.publish('lobby', 'greeting');
  // @ts-expect-error TS2353: 'retries' does not exist in type
  await socketClient.publish('lobby', 'left', {}, { retries: 1 });
  // @ts-expect-error TS2322: Type 'string' is not assignable to type 'number'
  await socketClient.broadcast('game:7', 'move', { x: '1', y: 2 });
  // @ts-expect-error TS2345: "pink"' is not assignable to parameter of type
  await socketClient.directMessage('socket', 'pink', { at: 1 });
}

for (const add of ['on', 'once', 'off'] as const) {
  socketClient[add]('message:lobby', (message) => {
    holds<Same<typeof message.channel, 'lobby'>>();
    if (message.event === 'greeting')
      holds<Same<typeof message, ChannelMessage<{ text: string }, 'greeting', 'lobby'>>>();
    else holds<Same<typeof message.data, { reason?: string }>>();
    // @ts-expect-error TS2339: Property 'text' does not exist on type
    message.data.text;
    // @ts-expect-error TS2367: have no overlap
    if (message.event === 'greting') return;
  });
  socketClient[add]('message:game:7', ({ event, data }) => {
    holds<Same<[typeof event, typeof data], ['move', { x: number; y: number }]>>();
  });
  socketClient[add]('message', (message) => {
    if (message.channel === 'lobby' && message.event === 'greeting') message.data.text.trim();
    if (message.event === 'move') holds<Same<typeof message.channel, `game:${number}`>>();
  });
  socketClient[add]('direct', (message) => {
    if (message.event === 'pong') holds<Same<typeof message, DirectMessage<{ at: number; ms: number }, 'pong'>>>();
    message.data.at.toFixed();
  });
  socketClient[add]('presence', ({ type, channel }) =>
    holds<Same<[typeof type, typeof channel], ['join' | 'leave', string]>>(),
  );
  // @ts-expect-error TS2769: "message:loby"' is not assignable to parameter of type
  socketClient[add]('message:loby', () => {});
  // @ts-expect-error TS2769: "presense"' is not assignable to parameter of type
  socketClient[add]('presense', () => {});
}
