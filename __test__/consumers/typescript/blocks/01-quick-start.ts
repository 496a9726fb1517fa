import { RealtimeClient } from '@smarterservices/realtime';
const realtime = new RealtimeClient({
url: 'http://localhost:3000',
token: 'your-jwt-token',
});
// Subscribe to a domain topic
const subId = realtime.subscribe({ topic: 'session.status' });
// Listen for events
realtime.on('event', (event) => {
console.log('Received:', event.topic, event.payload);
});
// Topic-specific listener
realtime.on('event:session.status', (event) => {
console.log('Session update:', event.payload);
});
