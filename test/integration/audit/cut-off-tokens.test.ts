/** Servers whose error answers repeat a part of the access token. No report may have it. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import { type AuditOptions, type AuditReport, givenToken } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { expect, test } from 'vitest'
import { writeHtmlReport } from '../../../packages/inspect/src/audit/html/html-report.js'
import { writeJunitReport } from '../../../packages/inspect/src/audit/junit-report.js'
import { writeTerminalReport } from '../../../packages/inspect/src/audit/terminal-report.js'
import { Display } from '../../../packages/inspect/src/display.js'
import { auditApi } from './audited-server.js'

const client = createProofClient()
const jwt = createTokenIssuer().mint({ cnf: { jkt: client.jkt }, email: 'alice@customers.example' })
const opaque = 'pQ7vKx0ZrB3nWm9TfYhL2cJd5sGaUe'

type Answer = (token: string, response: ServerResponse) => void

async function audit(token: string, answer: Answer, more: Partial<AuditOptions> = {}): Promise<AuditReport> {
  const tokenOf = ({ headers }: IncomingMessage) => /^DPoP (.+)$/i.exec(headers.authorization ?? '')?.[1] ?? ''
  let requests = 0
  return auditApi(
    () => ({
      client,
      tokens: givenToken(token, client),
      handle: (request, response) => {
        requests += 1
        if (requests === 1) return void response.end('{}')
        answer(tokenOf(request), response)
      },
    }),
    { only: ['proof-htm-*'], ...more },
  )
}

function reportsOf(report: AuditReport): string[] {
  const style = { paint: (_: unknown, text: string) => text, display: new Display(), verbose: true }
  return [JSON.stringify(report), writeHtmlReport(report), writeJunitReport(report), writeTerminalReport(report, style)]
}

/** The longest piece of the secret that the text has. */
function longestPiece(text: string, secret: string): string {
  let longest = ''
  for (let start = 0; start < secret.length; start += 1) {
    while (text.includes(secret.slice(start, start + longest.length + 1)) && start + longest.length < secret.length) {
      longest = secret.slice(start, start + longest.length + 1)
    }
  }
  return longest
}

const body =
  (write: (token: string) => string): Answer =>
  (token, response) =>
    void response.writeHead(401, { 'WWW-Authenticate': 'DPoP algs="ES256"' }).end(write(token))

test.each<[where: string, answer: Answer]>([
  ['its beginning in the body', body((token) => `invalid token ${token.slice(0, -40)}...`)],
  ['its end in the body', body((token) => `invalid token ...${token.slice(60)}`)],
  ['a middle of it in JSON', body((token) => JSON.stringify({ got: `${token.slice(70, 130)}...` }))],
  ['a few lines of it', body((token) => (token.match(/.{1,50}/g) ?? []).join('\r\n'))],
  ['all of it, where the report ends', body((token) => '-'.repeat(1000 - Math.floor(token.length / 2)) + token)],
  [
    'its beginning in a field',
    (token, response) =>
      void response
        .writeHead(401, { 'WWW-Authenticate': `DPoP error="invalid_token", a="${token.slice(0, 150)}"` })
        .end(),
  ],
  [
    'its beginning as the name of a field',
    (token, response) => void response.writeHead(401, { [`X-${token.slice(0, 150).replaceAll('.', '-')}`]: 'a' }).end(),
  ],
  ['its beginning behind the status', (token, response) => void response.writeHead(401, token.slice(0, 90)).end()],
])('an answer has %s', async (_where, answer) => {
  const report = await audit(jwt, answer)
  expect(report.results.length).toBeGreaterThan(5)
  const [, claims = '', signature = ''] = jwt.split('.')
  // Proofs, which reports show, have URLs and times in common with tokens.
  for (const text of reportsOf(withoutRequests(report))) {
    expect(longestPiece(text, claims).length, longestPiece(text, claims)).toBeLessThan(16)
    expect(longestPiece(text, signature).length).toBeLessThan(16)
  }
  expect(JSON.stringify(report)).toMatch(/\(hidden\)|\$TOKEN/)
})

/** What is left are the answers. */
function withoutRequests(report: AuditReport): AuditReport {
  const request = { method: 'GET', target: '/', fields: [], body: '' }
  const results = report.results.map((result) => ({
    ...result,
    exchanges: result.exchanges.map((exchange) => ({ ...exchange, request, curl: '' })),
  }))
  const { failedControl, ...rest } = report
  return {
    ...rest,
    results,
    ...(failedControl !== undefined && { failedControl: { ...failedControl, request, curl: '' } }),
  }
}

test.each([12, 20, 29])(
  'of an opaque token that is cut off after %i characters, at most a third is there',
  async (end) => {
    const report = await audit(
      opaque,
      body((token) => `no such token: ${token.slice(0, end)}`),
    )
    for (const text of reportsOf(report)) expect(longestPiece(text, opaque).length).toBeLessThanOrEqual(10)
  },
)

test('of a long value that the user added, too', async () => {
  const key = 'k-7Yq2Lw9ZtXc4Vb8Nm1Pd6Rf3Hg5Js0'
  const answer = body(() => `unknown key ${key.slice(0, 24)}...`)
  const report = await audit(jwt, answer, { fields: ['X-Api-Key', key] })
  for (const text of reportsOf(report)) expect(longestPiece(text, key).length).toBeLessThan(16)
})

test('what else an answer says stays as it is', async () => {
  const says =
    '{"error":"invalid_token","hint":"The access token is expired: https://api.example.com/docs/errors#expired"}'
  const [header = ''] = jwt.split('.')
  const report = await audit(
    jwt,
    body(() => `${says} ${header}`),
  )
  const bodies = report.results.flatMap(({ exchanges }) => exchanges.map(({ answer }) => answer?.body))
  expect(bodies).toContain(`${says} ${header}`)
})

test('nothing is hidden if secrets are shown', async () => {
  const report = await audit(
    jwt,
    body((token) => token.slice(0, 150)),
    { secrets: 'shown' },
  )
  expect(JSON.stringify(report)).toContain(jwt.slice(0, 150))
})
