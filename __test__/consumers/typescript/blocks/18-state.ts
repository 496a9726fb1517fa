if (realtime.connected) {
console.log('We are live');
}
console.log('Current state:', realtime.state);
