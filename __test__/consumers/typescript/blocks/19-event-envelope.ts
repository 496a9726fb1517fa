interface RealtimeEvent {
id: string; // Unique event ID
topic: string; // Domain topic (e.g. "session.status")
source: 'database' | 'sync' | 'socket'; // Which service produced the event
type: string; // Event type (e.g. "database.update")
payload: Record<string, unknown>; // Event data
metadata: {
timestamp: number; // Unix timestamp (ms)
table?: string; // Source table (database events)
operation?: 'insert' | 'update' | 'delete'; // DB operation type
revision?: number; // Document revision (sync events)
};
}
