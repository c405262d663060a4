/**
 * Makes the picture of the README of `@dpop-guard/inspect`: the report of an audit of a small server with a few faults. Needs
 * Chromium. Run it with `npm run picture` when the report looks different.
 */
import { writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { createGuard } from '@dpop-guard/core'
import { auditServer } from '@dpop-guard/inspect'
import { createProofClient, createTokenIssuer } from '@dpop-guard/testing'
import { chromium } from 'playwright-core'
import { writeHtmlReport } from '../../packages/inspect/dist/audit/html/html-report.js'
import { findBinary } from '../support/find-binary.js'

const picture = fileURLToPath(new URL('../../packages/inspect/report.png', import.meta.url))

const binary = findBinary('chromium')
if (binary === undefined) throw new Error('no chromium on this machine (Debian: apt-get install chromium)')

const server = createServer()
await new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(undefined)))
const address = server.address()
if (address === null || typeof address === 'string') throw new Error('the server has no port')
const origin = `http://127.0.0.1:${address.port}`
const issuer = createTokenIssuer({ audience: origin })
const guard = createGuard({
  issuer: { issuer: issuer.issuer, jwks: issuer.jwks },
  resource: origin,
  replayStore: 'off',
  proof: { maxAgeSeconds: 3600 },
})

server.on('request', async (request, response) => {
  const { method, url = '/', rawHeaders: headers } = request
  // The faults: tokens are accepted as Bearer, proofs are accepted again, and old ones too.
  const isBearer = /^Bearer \S+$/i.test(request.headers.authorization ?? '')
  const verdict = isBearer ? undefined : await guard.check({ method, target: url, headers })
  if (verdict === undefined || verdict.accepted) response.end('{}')
  else response.writeHead(verdict.status, { ...verdict.headers }).end()
})

const report = await auditServer({
  url: `${origin}/orders`,
  client: createProofClient(),
  clientKey: 'made',
  tokens: { kind: 'signed', issuer, tokenFor: async ({ jkt }) => issuer.mint({ cnf: { jkt } }) },
  requestsPerSecond: 10_000,
})
server.close()
server.closeAllConnections()

// A name and a time that are the same in each picture.
const shown = { ...report, url: 'https://api.example.com/orders', htu: 'https://api.example.com/orders', seconds: 48 }
const page = join(tmpdir(), `dpop-report-${process.pid}.html`)
await writeFile(page, writeHtmlReport({ ...shown, startedAt: '2026-01-01T12:00:00.000Z' }))
const browser = await chromium.launch({ executablePath: binary, args: ['--no-sandbox', '--disable-gpu'] })
const tab = await browser.newPage({ viewport: { width: 960, height: 1240 } })
await tab.goto(pathToFileURL(page).href)
await tab.screenshot({ path: picture })
await browser.close()
