/** The types of `index.d.ts`, for ES modules. */

export * from './index.js';
