/** The types of `index.web.d.ts`, for the ES module that it describes. */

export * from './index.web.js';
