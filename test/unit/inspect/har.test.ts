import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parseHar } from '../../../packages/inspect/src/har.js'
import { client, now, run, temporaryDirectory, token, url } from '../../support/inspect-scene.js'

const entry = ({
  method = 'GET',
  status = 200,
  at = now,
  fields = {} as Record<string, string>,
  answer = {} as Record<string, string>,
}) => ({
  startedDateTime: new Date(at * 1000).toISOString(),
  request: {
    method,
    url: `${url}?secret=1`,
    headers: Object.entries(fields).map(([name, value]) => ({ name, value })),
  },
  response: { status, headers: Object.entries(answer).map(([name, value]) => ({ name, value })) },
})

const proof = (method: string, nonce?: string) => client.proof({ method, url, now, accessToken: token, nonce })

const credentials = (method: string, nonce?: string) => ({
  authorization: `DPoP ${token}`,
  dpop: proof(method, nonce),
})

async function inspectHar(entries: unknown[], args: string[] = []) {
  const file = join(await temporaryDirectory(), 'recording.har')
  await writeFile(file, JSON.stringify({ log: { version: '1.2', entries } }))
  return run(['proof', '--har', file, ...args])
}

test('the request that was rejected last is inspected, at its own time and with the nonce that the server had sent', async () => {
  const { code, stdout, stderr } = await inspectHar([
    entry({ fields: credentials('GET'), answer: { 'DPoP-Nonce': 'nonce-1' }, status: 401 }),
    entry({ fields: credentials('POST', 'nonce-1'), method: 'POST', status: 401 }),
    entry({ fields: credentials('GET', 'nonce-1') }),
    entry({}),
  ])
  expect(stderr).toBe(`request 2 of 3 with a proof: POST ${url}, answered 401\n`)
  expect(stdout).toContain('8  pass  htm: POST')
  expect(stdout).toContain('10  pass  nonce')
  expect(stdout).toContain('11  pass  iat')
  expect(stdout).toContain('Nothing failed')
  expect(stdout).not.toContain(token)
  expect(code).toBe(0)
})

test('without a rejection, the last request with a proof is inspected', async () => {
  const { stdout } = await inspectHar([
    entry({ fields: credentials('GET') }),
    entry({ method: 'PUT', fields: credentials('GET') }),
  ])
  expect(stdout).toContain('8  FAIL  htm')
})

test.each([
  ['{"log":{"entries":[]}}', '--har has no request with a DPoP field'],
  ['{"log":1}', '--har is not a HAR file'],
  ['not JSON', '--har is not a HAR file'],
])('%s is wrong use', async (text, message) => {
  const file = join(await temporaryDirectory(), 'recording.har')
  await writeFile(file, text)
  const { code, stderr } = await run(['proof', '--har', file])
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

test('entries of any shape are skipped', () => {
  const entries = [
    null,
    1,
    {},
    { request: 1 },
    { request: { url: 'x' } },
    { request: { url, headers: [null, { name: 1 }] } },
  ]
  expect(parseHar(JSON.stringify({ log: { entries } }))).toEqual([])
})
