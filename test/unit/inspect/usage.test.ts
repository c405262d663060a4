import { describe, expect, test } from 'vitest'
import { commands } from '../../../packages/inspect/src/command.js'
import { controls, run } from '../../support/inspect-scene.js'

const names = Object.keys(commands) as (keyof typeof commands)[]

describe.each(names)('the help of the command %s', (name) => {
  const options = Object.keys(commands[name].options)

  test('has its options, and no others', async () => {
    const { code, stdout, stderr } = await run([name, '--help'])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })
    const [, list = ''] = /\nOptions:\n(.*?)\n\n/s.exec(stdout) ?? []
    const listed = list.split('\n').map((line) => /^ {2}(?:-\w, )?--([\w-]+)/.exec(line)?.[1])
    expect([...new Set(listed)].sort()).toEqual([...options].sort())
  })

  test('has an example with known options', async () => {
    const { stdout } = await run([name, '-h'])
    const [, example = ''] = /\nExample:\n(.*?)\n\n/s.exec(stdout) ?? []
    expect(example).toMatch(new RegExp(`^ {2}dpop-inspect ${name} `))
    const used = [...example.matchAll(/ --([\w-]+)/g)].map(([, option]) => option)
    expect(used.length).toBeGreaterThan(0)
    expect(used.filter((option) => !options.includes(option ?? ''))).toEqual([])
  })

  test('is printed for "help" and its name, or with other options', async () => {
    const { stdout } = await run([name, '--help'])
    expect((await run(['help', name])).stdout).toBe(stdout)
    expect((await run([name, 'https://api.example.com', '--help'])).stdout).toBe(stdout)
  })

  test('fits on a terminal of 130 columns, without control characters', async () => {
    const { stdout } = await run([name, '--help'])
    expect(stdout).not.toMatch(controls)
    expect(stdout.split('\n').filter(({ length }) => length > 130)).toEqual([])
  })

  test('is named by the error of wrong use', async () => {
    const { stderr } = await run([name, '--frobnicate'])
    expect(stderr).toContain(`\ndpop-inspect ${name} --help lists its options.\n`)
  })
})

test('without a command, the help has a line for each', async () => {
  const { stdout } = await run(['--help'])
  for (const name of names) expect(stdout).toContain(`\n  dpop-inspect ${name} `)
  expect((await run(['help'])).stdout).toBe(stdout)
})
