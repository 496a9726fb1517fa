/** The API reference, made by TypeDoc from the published types. */

import { join } from 'node:path';

import { Application } from 'typedoc';

const root = join(import.meta.dirname, '..');

/** @param {string} folder */
async function writeReference(folder) {
  const application = await Application.bootstrapWithPlugins({
    name: 'API reference',
    out: folder,
    entryPoints: ['index.d.ts', 'core.d.ts', 'react.d.ts', 'local-platform/index.d.ts'].map((file) => join(root, file)),
    tsconfig: join(import.meta.dirname, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown'],
    readme: 'none',
    hideBreadcrumbs: true,
    disableSources: true,
    excludePrivate: true,
    excludeExternals: false,
    entryFileName: 'index.md',
    mergeReadme: false,
    githubPages: false,
    logLevel: 'Warn',
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    treatValidationWarningsAsErrors: true,
  });
  const project = await application.convert();
  if (project === undefined) throw new Error('TypeDoc could not read the types: see its messages above.');
  application.validate(project);
  await application.generateOutputs(project);
  if (application.logger.hasErrors() || application.logger.hasWarnings())
    throw new Error('TypeDoc found mistakes: see its messages above.');
}

export { writeReference };
