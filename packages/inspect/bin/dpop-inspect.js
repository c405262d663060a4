#!/usr/bin/env node
// Not built, so that npm finds it in a fresh clone and links it.
import { existsSync } from 'node:fs'

const built = new URL('../dist/index.js', import.meta.url)
if (existsSync(built)) {
  const { runCommand } = await import(built.href)
  process.exitCode = await runCommand(process.argv.slice(2), process)
} else {
  process.stderr.write('dpop-inspect: not built yet, run "npm run build" in the repository\n')
  process.exitCode = 2
}
