destroy(): void
