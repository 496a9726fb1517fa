// Simple subscription
const subId = realtime.subscribe({ topic: 'session.status' });
// With a filter — only receive events where campusId = 12
const filtered = realtime.subscribe({
topic: 'session.status',
filter: { campusId: 12 },
});
