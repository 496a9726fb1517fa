/** What is bundled for a page with the hooks of React. */

export { RealtimeProvider, useEvent } from '@smarterservices/realtime/react';
