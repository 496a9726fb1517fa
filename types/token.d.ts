/** What the client needs a token for. */
export type TokenReason =
  /** It opens a connection. */
  | 'connect'
  /** The server refused the current token. */
  | 'refused'
  /** The current token is about to expire, or has expired. */
  | 'expiring'
  /** It sends a request, and has no token that is valid for long enough. */
  | 'request';

/**
 * Returns the token that the client authenticates with.
 *
 * The client uses a token, for sockets and requests alike, until 10 % of its lifetime remains, at
 * most one minute before its `exp`, or until the server refuses it. Then it calls this function
 * again. Calls are never concurrent, unless one takes longer than `connectTimeout`: that call has
 * failed, and may still be running when the next one starts.
 *
 * Do not use the same client's requests inside the function: they wait for the token, so it would
 * deadlock.
 *
 * @example
 * const fetchToken: TokenProvider = async (reason) => {
 *   const response = await fetch(`https://auth.example.com/token?reason=${reason}`);
 *   return response.text();
 * };
 * const realtime = new RealtimeClient({ url, token: fetchToken });
 */
export type TokenProvider = (reason: TokenReason) => string | Promise<string>;

/** Header of a JWT. */
export interface TokenHeader {
  alg?: string;
  typ?: string;
  kid?: string;
  [name: string]: unknown;
}

/** Claims of the platform's tokens. Times are in seconds since 1970. */
export interface TokenClaims {
  /** User of the token. */
  sub?: string;
  /** Application ID. */
  aud?: string | string[];
  iss?: string;
  exp?: number;
  iat?: number;
  nbf?: number;
  kid?: string;
  /** Roles and actions. */
  permissions?: string[];
  [name: string]: unknown;
}

/** Result of {@link decodeToken}. */
export interface DecodedToken<Claims extends object = TokenClaims> {
  header: TokenHeader;
  claims: Claims;
}

/**
 * Reads the header and claims of a JWT **without verifying it**.
 *
 * Anyone can make a token with any claims. Use this function to inspect tokens that were issued to
 * you, never to decide what a caller may do. It checks the types of the time claims and of nothing
 * else.
 *
 * @throws {@link RealtimeError} `INVALID_TOKEN`; the error does not contain the token
 * @example
 * const { sub, permissions } = decodeToken(token).claims;
 */
export function decodeToken<Claims extends object = TokenClaims>(token: string): DecodedToken<Claims>;

/**
 * Tells whether a JWT has expired. It does not verify the token, see {@link decodeToken}.
 *
 * @param leewayMs how many milliseconds ago its `exp` must be. Default: 0
 * @returns false for a token without `exp`
 * @throws {@link RealtimeError} `INVALID_TOKEN`, `INVALID_ARGUMENT`
 */
export function isTokenExpired(token: string, leewayMs?: number): boolean;

/**
 * Returns the milliseconds until a JWT expires. It does not verify the token, see
 * {@link decodeToken}.
 *
 * @returns a negative number after the token has expired, `Infinity` for a token without `exp`
 * @throws {@link RealtimeError} `INVALID_TOKEN`
 */
export function getTokenExpiresIn(token: string): number;

/**
 * Tells whether it is time to fetch a new token. It does not verify the token, see
 * {@link decodeToken}.
 *
 * @param thresholdMs true when the token expires within this time, in milliseconds, or has expired.
 *   Default: 60000
 * @throws {@link RealtimeError} `INVALID_TOKEN`, `INVALID_ARGUMENT`
 * @example
 * if (shouldRefreshToken(token)) token = await fetchToken('expiring');
 */
export function shouldRefreshToken(token: string, thresholdMs?: number): boolean;
