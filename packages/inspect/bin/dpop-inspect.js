#!/usr/bin/env node
// Not built, so that npm finds it in a fresh clone and links it.
import { existsSync } from 'node:fs'

// The program that reads the output may stop early, as "dpop-inspect ... | head" does. The command goes on, and its exit code is the same.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error) => {
    if (error.code !== 'EPIPE') throw error
  })
}

const built = new URL('../dist/index.js', import.meta.url)
if (existsSync(built)) {
  const { runCommand } = await import(built.href)
  process.exitCode = await runCommand(process.argv.slice(2), process)
} else {
  process.stderr.write('dpop-inspect: not built yet, run "npm run build" in the repository\n')
  process.exitCode = 2
}
