on(event: string, handler: EventHandler): void
