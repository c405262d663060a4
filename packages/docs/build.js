// @ts-check
// Builds the site into packages/docs/dist: npm run docs. With --serve, a server shows the built site.
import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const here = fileURLToPath(new URL('.', import.meta.url))
const root = fileURLToPath(new URL('../..', import.meta.url))

/** @param {string} command @param {string[]} args */
function run(command, ...args) {
  const { status } = spawnSync(command, args, { stdio: 'inherit', cwd: here, shell: process.platform === 'win32' })
  if (status !== 0) process.exit(status ?? 1)
}

if (!existsSync(`${here}node_modules/vitepress`)) run('npm', 'ci', '--no-audit', '--no-fund', '--loglevel=error')

const { stagePages } = await import('./stage.js')
const { findBrokenLinks } = await import('./links.js')
const { writeReference } = await import('./reference.js')

stagePages(root, `${here}site`)
await writeReference(root, `${here}site/api`)
const { build, serve } = await import('vitepress')
await build(`${here}site`)

const broken = await findBrokenLinks(`${here}dist`)
for (const link of broken) console.error(`broken link: ${link}`)
if (broken.length > 0) process.exit(1)
console.log('no broken link')
if (process.argv.includes('--serve')) await serve({ root: `${here}site` })
