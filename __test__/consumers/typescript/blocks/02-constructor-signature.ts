new RealtimeClient(options: RealtimeClientOptions)
