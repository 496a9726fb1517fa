/** A page loads the warnings about unknown options when there is one to warn about. */

/** @type {typeof import('../unknown-names.js').warnAboutUnknownNames} */
export function warnAboutUnknownNames(options, path, known) {
  // Without the chunk there is no warning, and nothing else is wrong.
  void import('../unknown-names.js').then((names) => names.warnAboutUnknownNames(options, path, known)).catch(() => {});
}
