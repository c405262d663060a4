// @ts-check
// The manifests of all packages. They share one version, and name each other by exactly that version.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {{ name: string, version: string, private?: boolean, repository?: object, [member: string]: unknown }} Manifest
 * @typedef {{ path: string, folder: string, manifest: Manifest }} Package
 */

/** The sections of a manifest that name other packages. */
const sections = ['dependencies', 'devDependencies', 'peerDependencies']

/**
 * The root, each package and each example.
 *
 * @param {string} root
 * @returns {Package[]}
 */
export function readPackages(root) {
  const folders = ['packages', 'examples'].flatMap((parent) =>
    readdirSync(join(root, parent)).map((name) => `${parent}/${name}`),
  )
  return ['', ...folders].flatMap((folder) => {
    const path = join(root, folder, 'package.json')
    try {
      return [{ path, folder, manifest: JSON.parse(readFileSync(path, 'utf8')) }]
    } catch (error) {
      if (error instanceof Error && 'code' in error && ['ENOENT', 'ENOTDIR'].includes(String(error.code))) return []
      throw error
    }
  })
}

/**
 * The packages that a release publishes.
 *
 * @param {string} root
 */
export function readPublished(root) {
  return readPackages(root).filter(({ manifest }) => manifest.private !== true)
}

/**
 * Writes one version into every manifest, and wherever one package depends on another.
 *
 * @param {string} root
 * @param {string} version
 */
export function setVersion(root, version) {
  if (!/^\d+\.\d+\.\d+(?:-[\w.]+)?$/.test(version)) throw new Error(`"${version}" is not a version such as 0.2.0`)
  const packages = readPackages(root)
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  for (const { path, manifest } of packages) {
    const before = manifest.version
    let text = readFileSync(path, 'utf8')
    if (before !== undefined) text = text.replace(`"version": "${before}"`, `"version": "${version}"`)
    for (const section of sections) {
      for (const [name, range] of Object.entries(Object(manifest[section]))) {
        if (names.has(name)) text = text.replaceAll(`"${name}": "${range}"`, `"${name}": "${version}"`)
      }
    }
    writeFileSync(path, text)
  }
}

/**
 * Why this tag cannot be released: one sentence for each reason.
 *
 * @param {string} root
 * @param {string} tag such as `v0.2.0`
 * @returns {string[]}
 */
export function findReleaseProblems(root, tag) {
  const version = tag.replace(/^v/, '')
  const packages = readPublished(root)
  const names = new Set(packages.map(({ manifest }) => manifest.name))
  const problems = packages.flatMap(({ folder, manifest }) => [
    ...(manifest.version === version ? [] : [`${folder} has version ${manifest.version}, and the tag is ${tag}`]),
    ...sections.flatMap((section) =>
      Object.entries(Object(manifest[section]))
        .filter(([name, range]) => names.has(name) && range !== version)
        .map(([name, range]) => `${folder} depends on ${name} ${range}, and the tag is ${tag}`),
    ),
  ])
  const changelog = readFileSync(join(root, 'CHANGELOG.md'), 'utf8')
  const heading = new RegExp(`^## ${version.replaceAll('.', '\\.')} - \\d{4}-\\d{2}-\\d{2}$`, 'm')
  return heading.test(changelog) ? problems : [...problems, `CHANGELOG.md has no heading "## ${version} - <date>"`]
}

/**
 * Writes the repository's address into each published manifest. Provenance requires it.
 *
 * @param {string} root
 * @param {string} url such as `https://git.example.com/owner/name`
 */
export function setRepository(root, url) {
  if (!URL.canParse(url) || new URL(url).protocol !== 'https:') throw new Error(`"${url}" is not an https URL`)
  for (const { path, folder, manifest } of readPublished(root)) {
    const { name, version, description, ...others } = manifest
    const repository = { type: 'git', url: `git+${url}.git`, directory: folder }
    const links = { homepage: `${url}#readme`, bugs: `${url}/issues`, repository }
    writeFileSync(path, `${JSON.stringify({ name, version, description, ...links, ...others }, undefined, 2)}\n`)
  }
}
