import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { join } from 'node:path'
import { createGuard } from '@dpop-guard/core'
import { createProofClient } from '@dpop-guard/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startLocalIssuer } from '../../../../packages/inspect/src/issuer/issuer-server.js'
import { run, startServer, temporaryDirectory } from '../../../support/inspect-scene.js'

const client = { id: 'dev', secret: 'a+b&c=d :%' }

async function start() {
  const resource = await startServer((origin) => {
    let guard: ReturnType<typeof createGuard> | undefined
    return async (request, response) => {
      guard ??= createGuard({ issuer: started.issuer.issuer, resource: origin })
      const { method, url = '/', rawHeaders: headers } = request
      const verdict = await guard.check({ method, target: url, headers })
      if (verdict.accepted) response.end(JSON.stringify(verdict.auth?.scopes))
      else response.writeHead(verdict.status, verdict.headers as Record<string, string>).end()
    }
  })
  const signer = createProofClient()
  const started = await startLocalIssuer({ port: 0, resource, signer, client, scope: 'read', lifetimeSeconds: 60 })
  onTestFinished(started.close)
  const { issuer } = started.issuer
  const key = createProofClient()
  const proof = (url = `${issuer}/token`) => key.proof({ method: 'POST', url })
  const basic = `Basic ${Buffer.from(`dev:${new URLSearchParams({ '': client.secret }).toString().slice(1)}`).toString('base64')}`
  const ask = (headers: Record<string, string>, body = 'grant_type=client_credentials') =>
    fetch(`${issuer}/token`, {
      method: 'POST',
      body,
      headers: { 'Content-Type': 'application/x-www-form-urlencoded', ...headers },
    })
  return { issuer, resource, proof, basic, ask, key }
}

test('the command request gets a token from it for itself, and the API accepts it', async () => {
  const { issuer, resource } = await start()
  const key = join(await temporaryDirectory(), 'key.json')
  const args = [
    'request',
    `${resource}/orders`,
    '--key',
    key,
    '--issuer',
    issuer,
    '--client-id',
    'dev',
    '--scope',
    'a b',
  ]
  for (const authentication of ['basic', 'post']) {
    const { code, stdout, stderr } = await run([...args, '--client-auth', authentication], {
      env: { DPOP_CLIENT_SECRET: client.secret },
    })
    expect({ code, stderr: stderr.replace(/^made a new key.*\n/, '') }).toEqual({ code: 0, stderr: '' })
    expect(stdout).toContain('["a","b"]')
    expect(stdout + stderr).not.toContain(client.secret)
  }
})

test('a token is bound to the key of the proof, and nobody may keep the answer', async () => {
  const { ask, proof, basic, key, issuer, resource } = await start()
  const response = await ask({ DPoP: proof(), Authorization: basic })
  expect(response.status).toBe(200)
  expect(response.headers.get('Cache-Control')).toBe('no-store')
  const answer: { access_token: string } = JSON.parse(await response.text())
  expect(answer).toMatchObject({ token_type: 'DPoP', expires_in: 60, scope: 'read' })
  const claims = JSON.parse(Buffer.from(answer.access_token.split('.')[1] ?? '', 'base64url').toString())
  expect(claims).toMatchObject({ iss: issuer, aud: resource, cnf: { jkt: key.jkt }, client_id: 'dev' })
})

describe('a token request is rejected', () => {
  test.each<[string, number, string, (scene: Awaited<ReturnType<typeof start>>) => Promise<Response>]>([
    ['without a proof', 400, 'invalid_dpop_proof', ({ ask, basic }) => ask({ Authorization: basic })],
    [
      'with a proof for another URL',
      400,
      'invalid_dpop_proof',
      ({ ask, basic, proof, issuer }) => ask({ Authorization: basic, DPoP: proof(`${issuer}/other`) }),
    ],
    [
      'with a wrong secret',
      401,
      'invalid_client',
      ({ ask, proof }) => ask({ DPoP: proof(), Authorization: `Basic ${Buffer.from('dev:wrong').toString('base64')}` }),
    ],
    ['without a client', 401, 'invalid_client', ({ ask, proof }) => ask({ DPoP: proof() })],
    [
      'with another grant',
      400,
      'unsupported_grant_type',
      ({ ask, proof, basic }) => ask({ DPoP: proof(), Authorization: basic }, 'grant_type=password'),
    ],
    [
      'with a body that is too long',
      413,
      'invalid_request',
      ({ ask, proof, basic }) => ask({ DPoP: proof(), Authorization: basic }, 'a'.repeat(17_000)),
    ],
  ])('%s', async (_name, status, error, send) => {
    const response = await send(await start())
    expect([response.status, JSON.parse(await response.text()).error]).toEqual([status, error])
  })

  test('with a proof that was used', async () => {
    const { ask, proof, basic } = await start()
    const headers = { DPoP: proof(), Authorization: basic }
    expect((await ask(headers)).status).toBe(200)
    expect((await ask(headers)).status).toBe(400)
  })
})

test('it answers only under a name of this machine', async () => {
  const { issuer } = await start()
  const asked = httpRequest(`${issuer}/jwks`, { headers: { Host: 'evil.example' } }).end()
  const [response] = await once(asked, 'response')
  response.resume()
  expect(response.statusCode).toBe(421)
})
