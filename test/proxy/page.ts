/** Reads the page "Behind a proxy". The tests run its configurations and check its tables. */
import { readFileSync } from 'node:fs'
import type { GuardOptions } from '@dpop-guard/core'

const page = readFileSync(new URL('../../packages/core/docs/behind-a-proxy.md', import.meta.url), 'utf8')

/** The text under a heading. */
function section(heading: string): string {
  const found = page.split(/^## /m).find((text) => text.startsWith(`${heading}\n`))
  if (found === undefined) throw new Error(`the page has no heading ${JSON.stringify(heading)}`)
  return found
}

function blocks(heading: string, language: string): string[] {
  const fence = new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\``, 'gms')
  return [...section(heading).matchAll(fence)].map(([, code = '']) => code)
}

/** The only block of a language under a heading. */
export function block(heading: string, language: string): string {
  const [code, ...more] = blocks(heading, language)
  if (code === undefined || more.length > 0)
    throw new Error(`"${heading}" has ${more.length + 1} blocks of ${language}`)
  return code
}

/** The `options` that the section's code exports. */
export async function guardOptions(heading: string): Promise<GuardOptions> {
  const { options } = await import(`data:text/javascript,${encodeURIComponent(block(heading, 'js'))}`)
  return options
}

/** The rows of the section's table with that many columns, without the header, and without back-quotes around a cell. */
export function tableRows(heading: string, columns: number): string[][] {
  const rows = section(heading)
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map((line) => line.split('|').slice(1, -1))
    .filter((cells) => cells.length === columns)
    .map((cells) => cells.map((cell) => cell.trim().replace(/^`(.*)`$/, '$1')))
    .slice(2)
  if (rows.length === 0) throw new Error(`"${heading}" has no table of ${columns} columns`)
  return rows
}
