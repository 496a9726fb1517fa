realtime.on('event:session.status', (event) => {
console.log(event.payload);
});
realtime.on('connection', ({ state }) => {
console.log('State:', state); // 'connecting' | 'connected' | 'disconnected' | 'reconnecting'
});
realtime.on('error', (err) => {
console.error('Error:', err);
});
