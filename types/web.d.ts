/**
 * Web classes that the public types mention. The types of the program decide what each is: those
 * of the DOM, of Node, or of another runtime. A program without any of them gets `object`, so the
 * types of this package compile in every program.
 */

export type AbortSignal = typeof globalThis extends { AbortSignal: { prototype: infer Type } } ? Type : object;
export type Request = typeof globalThis extends { Request: { prototype: infer Type } } ? Type : object;
export type Response = typeof globalThis extends { Response: { prototype: infer Type } } ? Type : object;
