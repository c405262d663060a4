// @ts-check
// The API reference, from the docstrings.
import { join } from 'node:path'
import { Application } from 'typedoc'
import { entryPoints } from './pages.js'

/**
 * @param {string} root the repository
 * @param {string} folder where the pages go
 */
export async function writeReference(root, folder) {
  const application = await Application.bootstrapWithPlugins({
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    entryPoints: entryPoints.map((path) => join(root, 'packages', path)),
    tsconfig: join(root, 'packages/docs/tsconfig.json'),
    basePath: join(root, 'packages'),
    readme: 'none',
    disableSources: true,
    excludeInternal: true,
    excludeExternals: true,
    githubPages: false,
    treatWarningsAsErrors: true,
    validation: { notExported: false, invalidLink: true, notDocumented: false },
    // Options of the Markdown plugin.
    ...{ hidePageHeader: true, hideBreadcrumbs: true, useCodeBlocks: true, parametersFormat: 'table' },
    ...{ entryFileName: 'index', docsRoot: join(folder, '..') },
    logLevel: 'Warn',
    out: folder,
  })
  const project = await application.convert()
  if (project === undefined || application.logger.hasErrors()) throw new Error('the API reference was not written')
  // By the names that programs import.
  for (const module of project.children ?? [])
    module.name = `@dpop-guard/${module.name.replace(/\/src(?:\/index)?/, '')}`
  await application.generateOutputs(project)
  if (application.logger.hasErrors()) throw new Error('the API reference was not written')
}
