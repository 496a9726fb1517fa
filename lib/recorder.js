/** The entry `recorder`. */

import { recorder } from './recording/index.js';

export { recorder };
