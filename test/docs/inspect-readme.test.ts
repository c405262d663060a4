/** The README of `dpop-inspect` has every option of every command. */
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { commands } from '../../packages/inspect/src/command.js'

const readme = readFileSync(fileURLToPath(new URL('../../packages/inspect/README.md', import.meta.url)), 'utf8')

const optionsOf = Object.entries(commands).flatMap(([command, { options }]) =>
  Object.keys(options).map((option) => ({ command, option })),
)

/** The options of a command, from its heading to the next one. */
const headings = {
  proof: 'Explain a proof',
  request: 'Send a request',
  issuer: 'The first 200',
  audit: 'Audit a server',
}

/** Options that a table writes in the form of curl. */
const short: Readonly<Record<string, string>> = { method: '-X METHOD', header: '-H "Name', data: '-d TEXT' }

test.each(optionsOf)('the README explains --$option of the command $command', ({ command, option }) => {
  const heading = headings[command as keyof typeof headings]
  const [, section = ''] = readme.split(`## ${heading}\n`)
  const [text = ''] = section.split('\n## ', 1)
  const forms = [`--${option}`, short[option] ?? `--${option}`]
  expect(
    forms.some((form) => text.includes(form)),
    `--${option}`,
  ).toBe(true)
})
