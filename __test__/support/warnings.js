/** Collects the warnings of a test. */

/**
 * @param {import('node:test').TestContext} t
 * @returns {() => Promise<[code: string, message: string][]>} the warnings of this package so far
 */
function collectWarnings(t) {
  /** @type {[string, string][]} */
  const warnings = [];
  let marked = () => {};
  /** @param {Error & { code?: string }} warning */
  const collect = ({ name, code, message }) => {
    if (name === 'RealtimeWarning') warnings.push([`${code}`, message]);
    else if (name === 'MarkWarning') marked();
  };
  process.on('warning', collect);
  t.after(() => process.off('warning', collect));
  return async () => {
    // Warnings are emitted in their order: once this one is out, so are the others.
    await new Promise((resolve) => {
      marked = () => resolve(undefined);
      process.emitWarning('mark', 'MarkWarning');
    });
    return warnings.splice(0);
  };
}

export { collectWarnings };
