import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  createGuard,
  diagnosticsChannels,
  type FailureRule,
  failures,
  type GuardOptions,
  type GuardRequest,
} from '@dpop-guard/core'
import { settings } from '@dpop-guard/testing/invalid-requests'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createScene } from '../support/guard-scene.js'
import { documents } from './documents.js'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const read = (document: string) => readFileSync(join(repository, document), 'utf8')

interface DocumentedFailure {
  status: number
  error: string | undefined
  cells: readonly string[]
}

/** The sections of the error reference whose heading names a status, with the rows of their tables by reason. */
function documentedFailures(): Map<string, DocumentedFailure> {
  const found = new Map<string, DocumentedFailure>()
  for (const section of read('packages/core/docs/errors.md').split(/^## /m).slice(1)) {
    const [heading = ''] = section.split('\n', 1)
    const [, status, error] = /: (\d{3})(?:[^`]*`(\w+)`)?/.exec(heading) ?? []
    for (const [, reason = '', rest = ''] of section.matchAll(/^\| `(\w+)` \| (.*) \|$/gm)) {
      expect(found.has(reason), `${reason} is listed twice`).toBe(false)
      found.set(reason, { status: Number(status), error, cells: rest.split(' | ') })
    }
  }
  return found
}

function writeStep({ step }: FailureRule): string {
  if (step === undefined) return '-'
  return `RFC ${step.rfc}, ${step.section}${step.check === undefined ? '' : ` (${step.check})`}`
}

describe('the error reference', () => {
  const documented = documentedFailures()

  test('lists every reason once, with its status and error code', () => {
    const listed = Array.from(documented, ([reason, { status, error }]) => [reason, { status, error }])
    const actual = Object.entries(failures).map(([reason, failure]) => [
      reason,
      { status: failure.status, error: 'error' in failure ? failure.error : undefined },
    ])
    expect(Object.fromEntries(listed)).toEqual(Object.fromEntries(actual))
  })

  test.each(Object.entries(failures))(
    'has the check, the meaning, the usual cause and the solution of %s',
    (reason, failure) => {
      const [check, meaning, cause, fix, ...more] = documented.get(reason)?.cells ?? []
      expect({ check, meaning, more }).toEqual({
        check: writeStep(failure),
        meaning: 'description' in failure ? failure.description : expect.stringMatching(/./),
        more: [],
      })
      expect(cause).toMatch(/./)
      expect(fix).toMatch(/./)
    },
  )
})

describe('the option table', () => {
  function documentedOptions(document: string): string[] {
    const [, rest = ''] = read(document).split(/^#+ Options$/m)
    const [table = ''] = rest.split(/^## /m)
    return [...table.matchAll(/^\| `([\w.]+)` \|/gm)].map(([, name = '']) => name)
  }

  /** The known options, as the message for an unknown one names them. */
  function knownOptions(options: object): string[] {
    try {
      createGuard({ issuer: 'https://as.example.com', resource: 'https://api.example.com', ...options })
    } catch (error) {
      return /known are (.*)$/.exec(String(error))?.[1]?.split(', ') ?? []
    }
    return []
  }

  const top = knownOptions({ zzzzzzzzzzzz: 1 }).filter((name) => name !== 'proof')
  const proof = knownOptions({ proof: { zzzzzzzzzzzz: 1 } }).map((name) => `proof.${name}`)
  const options = [...top, ...proof, 'guard', 'onRejected', 'reportOnly']

  test('of the page on options has every option, and no other', () => {
    expect(top.length).toBeGreaterThan(10)
    expect(documentedOptions('packages/core/docs/options.md').sort()).toEqual(options.sort())
  })

  test('of the README has options that exist', () => {
    const [, rest = ''] = read('README.md').split('## The options of a first deployment')
    const [table = ''] = rest.split(/^## /m)
    const documented = [...table.matchAll(/^\| (`.*?) \|/gm)].flatMap(([, cell = '']) =>
      [...cell.matchAll(/`(\w+)/g)].map(([, name]) => name),
    )
    expect(options).toEqual(expect.arrayContaining(documented))
    expect(documented.length).toBeGreaterThanOrEqual(8)
  })
})

describe('the wire in the README', () => {
  const challenges = [...read('README.md').matchAll(/^WWW-Authenticate: (.*)$/gm)].map(([, value]) => value)

  test('has the challenges that a guard sends', async () => {
    const { guard, request } = createScene()
    const missing = await guard.check({ ...request(), headers: [] })
    const once = request()
    await guard.check(once)
    const replayed = await guard.check(once)
    expect([missing, replayed].flatMap(({ headers }) => headers['www-authenticate'])).toEqual(challenges)
  })
})

describe('the page on operating', () => {
  test('has every member of every payload, and no other', async () => {
    const [, ...tables] = read('packages/core/docs/operating.md').split('| member |')
    const [common = [], rejected = [], unavailable = []] = tables.map((rest) => {
      const [table = ''] = rest.split('\n\n', 1)
      return [...table.matchAll(/^\| `(\w+)` \|/gm)].map(([, name]) => name)
    })
    const { accepted, ...others } = diagnosticsChannels
    expect(await membersOf(accepted, {})).toEqual(common)
    expect(await membersOf(others.rejected, { headers: [] })).toEqual([...common, ...rejected])
    const replay = { addIfAbsent: () => Promise.reject(new Error('down')) }
    expect(await membersOf(others.unavailable, {}, { replayStore: replay })).toEqual([...common, ...unavailable])
  })

  /** The payload of the one event of a request. */
  async function membersOf(channel: string, parts: Partial<GuardRequest>, options: Partial<GuardOptions> = {}) {
    const { guard, request } = createScene(options)
    const published: unknown[] = []
    const listener = (event: unknown) => published.push(event)
    subscribe(channel, listener)
    onTestFinished(() => void unsubscribe(channel, listener))
    await guard.check({ ...request(), ...parts })
    expect(published).toHaveLength(1)
    return Object.keys(Object(published[0]))
  }

  test('names every channel', () => {
    const page = read('packages/core/docs/operating.md')
    for (const name of Object.values(diagnosticsChannels)) expect(page).toContain(`\`${name}\``)
  })
})

test('the page on testing names each setting of invalid requests', () => {
  const rows = [...read('packages/testing/README.md').matchAll(/^\| (`.*`) \|/gm)].map(([, names = '']) => names)
  const names = rows.flatMap((row) => [...row.matchAll(/`([^`]+)`/g)].map(([, name]) => name))
  expect(names).toEqual(expect.arrayContaining(Object.keys(settings)))
})

describe('links between pages', () => {
  test.each(documents)('of %s lead to a file and a heading that exist', (document) => {
    for (const [, target = ''] of read(document).matchAll(/\]\(([^)\s]+)\)/g)) {
      if (/^https?:/.test(target)) continue
      const [path = '', anchor] = target.split('#')
      const file = join(dirname(document), path)
      const page = existsSync(join(repository, file, 'README.md')) ? join(file, 'README.md') : file || document
      expect(existsSync(join(repository, path === '' ? document : page)), `${document}: ${target}`).toBe(true)
      if (anchor === undefined || anchor === 'readme') continue
      const headings = [...read(path === '' ? document : page).matchAll(/^#+ (.*)$/gm)].map(([, text = '']) =>
        text
          .toLowerCase()
          .replace(/[^\w -]/g, '')
          .replace(/ /g, '-'),
      )
      expect(headings, `${document}: ${target}`).toContain(anchor)
    }
  })

  test('the README stays short', () => {
    expect(read('README.md').split(/\s+/).length).toBeLessThanOrEqual(1200)
  })
})
