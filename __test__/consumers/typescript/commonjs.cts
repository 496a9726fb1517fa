/** A CommonJS module: what it imports becomes a call of `require`. */

import { LiveDocument, RealtimeClient } from '@smarterservices/realtime';

const client = new RealtimeClient({ url: 'http://localhost:3000', token: 'your-jwt-token', autoConnect: false });
export const isLive = (value: unknown): boolean => value instanceof LiveDocument;
export { client };
