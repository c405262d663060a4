import { runAttackTable } from './attack-table.js'
import { runtimes } from './runtimes.js'

const { 'Hono 4': hono, web, ...plugins } = runtimes
const onNode = !('bun' in process.versions || 'deno' in process.versions)

// Bun and Deno have their own way from a socket to a `Request`. So what the adapter for these requests gets there is not in the table.
runAttackTable(onNode ? { ...plugins, 'Hono 4': hono, web } : plugins)
