connect(): void
