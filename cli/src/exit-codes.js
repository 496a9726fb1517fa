/** Exit codes of `realtime`. `docs/cli.md` lists them. */
export const EXIT = {
  ok: 0,
  /** The command ran, and its answer is no: a check failed, a recording differs, a load failed. */
  failed: 1,
  /** An argument, an option or a file cannot be used. */
  usage: 2,
  /** The platform cannot be reached, or did not answer in time. */
  unreachable: 3,
  /** The platform refused the token or the permission, or a signature does not fit. */
  refused: 4,
  notFound: 5,
  /** The document has another revision. */
  conflict: 6,
  /** At least one event could not be forwarded, and is in the dead-letter file. */
  undelivered: 7,
  /** A second Ctrl-C, or a signal while a text is edited. */
  interrupted: 130,
};

/** Exit codes of the SDK's error codes; any other code is `failed`. @type {Record<string, number>} */
const OF_ERRORS = {
  INVALID_ARGUMENT: EXIT.usage,
  NETWORK_ERROR: EXIT.unreachable,
  TIMEOUT: EXIT.unreachable,
  TLS_ERROR: EXIT.unreachable,
  PROXY_ERROR: EXIT.unreachable,
  UPGRADE_REFUSED: EXIT.unreachable,
  RECONNECT_FAILED: EXIT.unreachable,
  CONNECT_REFUSED: EXIT.unreachable,
  EXPIRED: EXIT.unreachable,
  AUTH_FAILED: EXIT.refused,
  TOKEN_EXPIRED: EXIT.refused,
  INVALID_TOKEN: EXIT.refused,
  FORBIDDEN: EXIT.refused,
  SUBSCRIBE_DENIED: EXIT.refused,
  CHANNEL_DENIED: EXIT.refused,
  MESSAGE_DENIED: EXIT.refused,
  NOT_FOUND: EXIT.notFound,
  REVISION_CONFLICT: EXIT.conflict,
  ALREADY_EXISTS: EXIT.conflict,
};

/** @param {unknown} error @returns {number} */
export function exitCodeOf(error) {
  if (error instanceof CommandError) return error.exitCode;
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  return OF_ERRORS[code] ?? EXIT.failed;
}

/** A refusal of a command: what happened, and what to do. */
export class CommandError extends Error {
  /** @param {number} exitCode one of {@link EXIT} @param {string} message */
  constructor(exitCode, message) {
    super(message);
    this.name = 'CommandError';
    this.exitCode = exitCode;
  }
}

/** @param {string} message */
export const usageError = (message) => new CommandError(EXIT.usage, message);
