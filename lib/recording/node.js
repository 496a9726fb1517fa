/** On Node the recorder is there, and loaded on first use. */

export { recorder as ownRecorder } from './index.js';
