/** The entry core in a CommonJS module. */

import { RealtimeClient, RealtimeError } from '@smarterservices/realtime/core';

export const client = new RealtimeClient({ url: 'https://localhost', token: 'your-jwt-token', autoConnect: false });
export const isOurs = (value: unknown): boolean => value instanceof RealtimeError && client.engine === 'native';
