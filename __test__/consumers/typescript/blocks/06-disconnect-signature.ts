disconnect(): void
