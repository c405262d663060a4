#!/usr/bin/env node
// Not built, so that npm finds it in a fresh clone and links it.
import { existsSync } from 'node:fs'

const main = new URL('../dist/inspect/main.js', import.meta.url)
if (existsSync(main)) {
  await import(main.href)
} else {
  process.stderr.write('dpop-guard-inspect: not built yet, run "npm run build" in the repository\n')
  process.exitCode = 2
}
