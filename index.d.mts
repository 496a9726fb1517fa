/** The types of `index.d.ts`, for the ES module that bundlers load. */

export * from './index.js';
