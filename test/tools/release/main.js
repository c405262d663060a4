// @ts-check
// Prepares a release. CONTRIBUTING.md says when to run which:
//   npm run release -- version 0.2.0          one version in every manifest and in the lock file
//   npm run release -- check v0.2.0           fails unless the tag, the manifests and the changelog agree
//   npm run release -- repository <address>   the repository's address, for the provenance of the packages
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { findReleaseProblems, setRepository, setVersion } from './manifests.js'

const root = fileURLToPath(new URL('../../..', import.meta.url))
const [command, value = ''] = process.argv.slice(2)

switch (command) {
  case 'version': {
    setVersion(root, value)
    const options = ['install', '--package-lock-only', '--ignore-scripts', '--loglevel=error']
    const { status } = spawnSync('npm', options, { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' })
    process.exitCode = status ?? 1
    break
  }
  case 'check': {
    const problems = findReleaseProblems(root, value)
    for (const problem of problems) console.error(problem)
    if (problems.length === 0) console.log(`${value} can be released`)
    process.exitCode = problems.length === 0 ? 0 : 1
    break
  }
  case 'repository':
    setRepository(root, value)
    break
  default:
    console.error('usage: npm run release -- version <version> | check <tag> | repository <address>')
    process.exitCode = 2
}
