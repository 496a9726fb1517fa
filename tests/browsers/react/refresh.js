/** Must be evaluated before React DOM, which looks for it. */

import { injectIntoGlobalHook } from 'react-refresh/runtime';

injectIntoGlobalHook(window);
