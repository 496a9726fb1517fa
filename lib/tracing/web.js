/** The tracer where there is no `diagnostics_channel`, see `tracing.d.ts`. */

import { seam } from './seam.js';

/** @type {typeof import('./tracing.js').tracer} */
export const tracer = () => seam.tracer;
