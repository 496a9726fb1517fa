import { WebhookReceiver } from '@smarterservices/realtime';
const receiver = new WebhookReceiver('whsec_your_secret');
const { event } = receiver.verify(rawBody, headers);
