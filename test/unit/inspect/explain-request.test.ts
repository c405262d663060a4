import { explainRequest } from '@dpop-guard/inspect'
import { expect, onTestFinished, test, vi } from 'vitest'
import { client, issuer, now, proof, token, url } from '../../support/inspect-scene.js'

const head = (dpop: string) =>
  `GET /orders HTTP/1.1\nHost: api.example.com\nAuthorization: DPoP ${token}\nDPoP: ${dpop}`

const failed = ({ checks }: Awaited<ReturnType<typeof explainRequest>>) =>
  checks.filter(({ outcome }) => outcome === 'fail').map(({ title }) => title)

test('a good request passes, and what is not known is not compared', async () => {
  const explanation = await explainRequest(head(proof()), { now })
  expect(failed(explanation)).toEqual([])
  expect(explanation.summary).toMatch(/^Nothing failed, 4 not checked\./)
  const open = explanation.checks.filter(({ outcome }) => outcome === 'not checked')
  expect(open.map(({ title }) => title)).toEqual(['nonce', 'iss', 'aud', 'signature by the issuer'])
})

test('issuer and audience are compared, without asking the issuer', async () => {
  const spy = vi.spyOn(globalThis, 'fetch')
  onTestFinished(() => spy.mockRestore())
  const good = await explainRequest(head(proof()), {
    now,
    issuer: issuer.issuer,
    audience: ['https://api.example.com'],
  })
  expect(failed(good)).toEqual([])
  const bad = await explainRequest(head(proof()), {
    now,
    issuer: 'https://other.example',
    audience: ['https://other.example'],
  })
  expect(failed(bad)).toEqual(['iss', 'aud'])
  expect(spy).not.toHaveBeenCalled()
})

test('options replace what the head says', async () => {
  const text = client.proof({ method: 'PUT', url: 'https://other.example/', now, accessToken: token, nonce: 'n' })
  const options = { now, method: 'PUT', url: 'https://other.example/', nonce: 'n', accessToken: token }
  expect(failed(await explainRequest(head(text), options))).toEqual([])
  expect(failed(await explainRequest(head(text), { now }))).toEqual(['htm', 'htu'])
})

test('no string of the result has the access token', async () => {
  const text = client.proof({ method: token, url: token, now, accessToken: token })
  const { checks, summary } = await explainRequest(head(text), { now })
  expect(JSON.stringify([checks, summary])).not.toContain(token)
})

test('a URL that no guard can have is a TypeError', async () => {
  await expect(explainRequest(proof(), { url: 'http://api.example.com/' })).rejects.toThrow(TypeError)
  await expect(explainRequest(`GET /a\\b HTTP/1.1\nHost: api.example.com\nDPoP: ${proof()}`)).rejects.toThrow(
    /https URL/,
  )
  expect(url).toMatch(/^https:/)
})
