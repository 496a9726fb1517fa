/**
 * Type map of a client that was given none. Being `any`, it lets a client without maps and one with
 * maps stand for each other, so a function that takes a `RealtimeClient` takes every client.
 */
// biome-ignore lint/suspicious/noExplicitAny: no other type is assignable in both directions
export type Untyped = any;

/** `Typed` if there is a type map, or else `Loose`. */
export type IfTyped<Map, Typed, Loose> = 0 extends 1 & Map ? Loose : Typed;
