const realtime = new RealtimeClient({
url: 'http://localhost:3000',
token: 'your-jwt-token',
autoConnect: false, // Don't connect until we call connect()
reconnection: true,
reconnectionAttempts: 20,
reconnectionDelay: 2000,
});
realtime.connect(); // Connect manually
