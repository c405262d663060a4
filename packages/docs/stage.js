// @ts-check
// Copies the pages of the repository to where the site has them, and changes their links accordingly.
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { anchorOf } from './headings.js'
import { pages } from './pages.js'

/**
 * @param {string} root the repository
 * @param {string} site the folder of the site's source
 */
export function stagePages(root, site) {
  const paths = new Map(pages.map(({ source, path }) => [source, path]))
  for (const { source, path } of pages) {
    const text = readFileSync(join(root, source), 'utf8')
    const file = join(site, `${path}.md`)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, rewriteLinks(text, source, path, paths))
  }
  const images = join(root, 'packages/core/docs/images')
  const staged = join(site, 'public/images')
  rmSync(staged, { recursive: true, force: true })
  if (existsSync(images)) cpSync(images, staged, { recursive: true })
  for (const picture of ['.github/playground.gif', 'packages/inspect/report.png']) {
    cpSync(join(root, picture), join(staged, posix.basename(picture)))
  }
}

/**
 * The README of a package names pages of the core, because on a registry it cannot link to them: `errors.md`, or `profiles.md`, "Step-up".
 * On the site these names are links.
 *
 * @param {string} text
 * @param {string} source
 */
function linkNames(text, source) {
  if (!/^packages\/(?!core\/)[^/]+\/README\.md$/.test(source)) return text
  return text.replace(/`([a-z-]+)\.md`(?:, "([^"]+)")?/g, (name, page, heading) => {
    const file = `../core/docs/${page}.md`
    if (!existsSync(new URL(`../core/docs/${page}.md`, import.meta.url))) return name
    return heading === undefined ? `[${page}](${file})` : `[${page}, "${heading}"](${file}#${anchorOf(heading)})`
  })
}

/**
 * @param {string} text
 * @param {string} source the page's file in the repository
 * @param {string} path the page's path on the site
 * @param {ReadonlyMap<string, string>} paths by source file
 */
function rewriteLinks(text, source, path, paths) {
  return linkNames(text, source).replace(/(!?)\[([^\]]*)\]\(([^)\s]+)\)/g, (link, image, label, target) => {
    if (/^(?:https?:|#)/.test(target)) return link
    const [file = '', anchor] = target.split('#')
    const linked = posix.join(posix.dirname(source), file)
    if (image !== '') return `![${label}](/images/${posix.basename(linked)})`
    const known = paths.get(linked) ?? paths.get(`${linked}/README.md`)
    // A page of the repository that the site does not have, such as an example: its name is enough.
    if (known === undefined) return label
    const relative = posix.relative(posix.dirname(path), known)
    const page = `${relative.startsWith('.') ? relative : `./${relative}`}.md`
    return `[${label}](${page}${anchor === undefined || anchor === 'readme' ? '' : `#${anchor}`})`
  })
}
