/** A server that rejects everything from some moment on must not look like one that rejects what is invalid. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { AuditReport } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { run, temporaryDirectory } from '../../support/inspect-scene.js'
import { listenOnLoopback } from '../../support/listen.js'
import { auditApi, signedBy } from './audited-server.js'
import type { Fault } from './faults.js'
import { createNaiveServer } from './naive-server.js'

interface Lock {
  readonly status: number
  readonly challenge?: string
  /** Whether the server rejects the request with this number, valid or not. The first is 1. */
  readonly locks: (request: number) => boolean
  readonly faults?: readonly Fault[]
  readonly only?: string[]
}

async function auditLocked({ status, challenge, locks, faults = [], only = [] }: Lock) {
  let requests = 0
  let accepted = 0
  const report = await auditApi(
    (origin) => {
      const issuer = createTokenIssuer({ audience: origin })
      const handle = createNaiveServer({ issuer, faults: new Set(faults) })
      return {
        tokens: signedBy(issuer),
        handle: (request, response) => {
          requests += 1
          response.on('finish', () => {
            if (response.statusCode === 200) accepted += 1
          })
          if (!locks(requests)) return handle(request, response)
          response.writeHead(status, challenge === undefined ? {} : { 'WWW-Authenticate': challenge }).end()
        },
      }
    },
    { only },
  )
  return { report, requests, accepted }
}

const outcomeOf = ({ results }: AuditReport, name: string) => results.find((result) => result.name === name)?.outcome

const expired = { status: 401, challenge: 'DPoP error="invalid_token", algs="ES256"' }

describe('a server that rejects everything from some request on', () => {
  test('ends the audit, and what it rejected since the last valid request is not decided', async () => {
    const from = 120
    const { report, requests } = await auditLocked({ ...expired, locks: (request) => request >= from })
    expect(report.stopped).toBe('a server that still accepts a valid request')
    expect(report.hint).toMatch(/the access token may have expired/)
    expect(report.failedControl).toMatchObject({ answer: { status: 401 } })
    expect(requests).toBeLessThan(from + 60)
    const undecided = report.results.filter(({ outcome }) => outcome === 'not decided')
    expect(undecided.length).toBe(report.counts['not decided'])
    expect(undecided.length).toBeGreaterThan(requests - from - 10)
    expect(undecided.length).toBeLessThanOrEqual(50)
    expect(undecided[0]).toMatchObject({ findings: [], undecided: 'a valid request after them was rejected with 401' })
    expect(undecided[0]?.exchanges.at(-1)).toHaveProperty('answer')
    // Those before the last good valid request have passed, and none later has.
    const names = report.results.map(({ outcome }) => outcome)
    expect(names.indexOf('not decided')).toBeGreaterThan(10)
    expect(names.lastIndexOf('passed')).toBeLessThan(names.indexOf('not decided'))
    expect(report.counts.passed).toBeGreaterThan(20)
    expect(report.results.at(-1)).toMatchObject({ outcome: 'not run', needs: report.stopped })
  })

  test.each([
    [403, 'the server may lock out a client after many invalid requests'],
    [429, 'the server limits the rate'],
    [503, 'the API may not reach its issuer'],
  ])('with %i: the hint says what it may be', async (status, hint) => {
    const { report } = await auditLocked({ status, locks: (request) => request >= 8, only: ['proof-htm-*'] })
    expect(report.hint).toContain(hint)
    expect(report.counts['not decided']).toBeGreaterThan(5)
    expect(report.counts.passed).toBeLessThan(5)
  })

  test('a request that it accepted before is a hole all the same', async () => {
    const only = ['proof-htm-*']
    const faults = ['ignores htm'] as const
    const { report } = await auditLocked({ ...expired, faults, only, locks: (request) => request > 5 })
    expect(report.counts).toMatchObject({ 'must reject': expect.any(Number) })
    expect(report.counts['must reject']).toBeGreaterThan(0)
    expect(report.counts['not decided']).toBeGreaterThan(0)
  })
})

test('one valid request that fails does not end an audit', async () => {
  const first = await auditLocked({ status: 503, locks: () => false, only: ['jwk-*'] })
  expect(first.report.counts['not decided']).toBe(0)
  // The control is the request whose answer alone is not that of a row.
  const sent = first.report.results.slice(0, 50).flatMap(({ exchanges }) => exchanges).length
  const { report } = await auditLocked({ status: 503, locks: (request) => request === sent + 1, only: ['jwk-*'] })
  expect(report.stopped).toBeUndefined()
  expect(report.counts['not decided']).toBeGreaterThan(30)
  expect(report.counts.passed).toBeGreaterThan(30)
  expect(outcomeOf(report, 'valid-request')).toBe('passed')
})

test('an audit sends one valid request more after 50 checks, and one at its end', async () => {
  const { report, accepted } = await auditLocked({ status: 503, locks: () => false, only: ['proof-*'] })
  const exchanges = report.results.flatMap(({ exchanges }) => exchanges)
  const ofChecks = exchanges.filter(({ answer }) => answer?.status === 200).length
  const checks = report.results.filter(({ outcome }) => outcome !== 'not run').length
  expect(checks).toBeGreaterThan(200)
  expect(accepted - ofChecks).toBe(Math.ceil(checks / 50))
  expect(report).not.toHaveProperty('failedControl')
})

describe('dpop-inspect audit', () => {
  async function start(locks: (request: number) => boolean, faults: readonly Fault[] = []) {
    const { server, origin, close } = await listenOnLoopback()
    onTestFinished(close)
    const issuer = createTokenIssuer({ audience: origin })
    const handle = createNaiveServer({ issuer, faults: new Set(faults) })
    let requests = 0
    server.on('request', (request, response) => {
      requests += 1
      if (locks(requests)) response.writeHead(429).end()
      else handle(request, response)
    })
    const directory = await temporaryDirectory()
    const client = createProofClient()
    const file = join(directory, 'key.json')
    await writeFile(file, JSON.stringify(client.privateKey.export({ format: 'jwk' })), { mode: 0o600 })
    const files = ['html', 'json', 'junit'].map((name) => join(directory, name))
    const reports = ['--html', files[0] ?? '', '--json', files[1] ?? '', '--junit', files[2] ?? '']
    const args = ['audit', `${origin}/orders`, '--key', file, '--rate', '5000', '--only', 'proof-htm-*', ...reports]
    const result = await run(args, { env: { DPOP_ACCESS_TOKEN: issuer.mint({ cnf: { jkt: client.jkt } }) } })
    const [html = '', json = '', junit = ''] = await Promise.all(files.map((name) => readFile(name, 'utf8')))
    return { ...result, html, report: JSON.parse(json), junit }
  }

  test('exits with 2 if not all is decided, and every report says why and what to change', async () => {
    const { code, stdout, html, report, junit } = await start((request) => request > 6)
    expect(code).toBe(2)
    const count: number = report.counts['not decided']
    expect(count).toBeGreaterThan(0)
    const why = 'a valid request after them was rejected with 429'
    expect(stdout).toContain(
      `NOT DECIDED (${count}): the server rejected these, and then a valid request too\n  ${why}: `,
    )
    expect(stdout).toContain('hint: the server limits the rate')
    expect(stdout).toMatch(new RegExp(`\\d+ passed, ${count} not decided, \\d+ not run`))
    expect(html).toContain(why)
    expect(html).toContain('Not decided')
    expect(html).not.toContain('Everything was answered as the RFCs want it')
    expect(junit.match(new RegExp(`<error message="not decided: ${why}"`, 'g'))).toHaveLength(count)
    expect(junit).toMatch(new RegExp(`<testsuites [^>]* errors="${count}"`))
    expect(report).not.toHaveProperty('stopped')
  })

  test('exits with 3 if there is a hole too, and with 0 if all is decided', async () => {
    expect((await start((request) => request > 6, ['ignores htm'])).code).toBe(3)
    const { code, stdout, html } = await start(() => false)
    expect(code).toBe(0)
    expect(stdout + html).not.toMatch(/not decided/i)
  })
})
