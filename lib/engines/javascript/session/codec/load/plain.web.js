/** A page loads the codec of the plain protocol before its first dial with `protocol: 'ws'`. */

/** @import { Codec } from '../codec.js' */
/** @import { Endpoint } from '../../../transport/transport.js' */

/** Empty until it is loaded: no link is open before that. */
export const plain = /** @type {Codec} */ ({});

/**
 * An endpoint that dials once the codec is loaded.
 *
 * @param {Endpoint} endpoint
 * @returns {Endpoint}
 */
export const loadingPlain = (endpoint) => ({
  dial(token, handlers) {
    /** Cancels the dial, or its beginning. @type {(() => void) | undefined} */
    let cancel = () => {
      cancel = undefined;
    };
    import('../plain.js').then(
      (codec) => {
        Object.assign(plain, codec.plain);
        cancel &&= endpoint.dial(token, handlers);
      },
      ({ message }) => cancel && handlers.onLost({ reason: message, error: { code: 'NETWORK_ERROR', message } }),
    );
    return () => cancel?.();
  },
});
