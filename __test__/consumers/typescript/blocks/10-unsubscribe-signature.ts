unsubscribe(subscriptionId: string): void
