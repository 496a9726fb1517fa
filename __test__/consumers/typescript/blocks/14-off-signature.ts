off(event: string, handler: EventHandler): void
