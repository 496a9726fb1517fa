/** What waits for the outcomes of calls, by their numbers, which count up. */
export class PendingCalls<Call> {
  readonly size: number;
  /** `number` is new. */
  add(number: number, call: Call): void;
  has(number: number): boolean;
  /** Removes a call and returns it, if it waits. */
  take(number: number): Call | undefined;
  /** Removes all calls, and returns them with their numbers, in the order of these. */
  takeAll(): [number, Call][];
}
