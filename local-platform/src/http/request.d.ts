import type { Identity } from '../auth/identity.js';

declare global {
  namespace Express {
    interface Request {
      /** The caller. Set below `/api`, where a request without a valid token is refused. */
      identity: Identity;
    }
  }
}
