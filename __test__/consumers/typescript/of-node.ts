/** What only the types of Node have. */

import { nodeWebhook } from '@smarterservices/realtime';

export { nodeWebhook };
