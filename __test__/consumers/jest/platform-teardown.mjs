/** jest's global tear-down. */

export default () => globalThis.platform.close();
