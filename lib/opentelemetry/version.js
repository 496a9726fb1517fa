/** Name and version of the instrumentation scope. */

export const NAME = '@smarterservices/realtime';
export const VERSION = '0.1.0';
