subscribe(options: SubscribeOptions): string
