import { setTimeout as sleep } from 'node:timers/promises'
import { failures } from '@dpop-guard/core'
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { block, tableRows } from '../proxy/page.js'
import { protocols } from '../proxy/protocols.js'
import { pageCertificate } from '../proxy/scene.js'
import type { Certificate } from '../support/client-certificates.js'
import { nginxIsMissing, skippedWithoutNginx, startNginx } from '../support/nginx.js'
import { createProofClient, generateSigningKey } from '../support/proof-client.js'
import { sendRequest } from '../support/raw-http.js'
import { createTestIssuer, startIssuerServer } from '../support/test-issuer.js'
import { type Instance, type InstanceParts, type Instances, type SharedOptions, startInstances } from './instances.js'
import { countAnswers, startLoad } from './load.js'

const resource = 'https://api.example.com'
const url = `${resource}/orders`
const oldSecret = 'a secret of more than 32 bytes: 0001'
const newSecret = 'a secret of more than 32 bytes: 0002'
const rotationSeconds = 3

const testIssuer = createTestIssuer()
const issuer = { issuer: testIssuer.issuer, jwks: testIssuer.jwks }
const nowInSeconds = () => Math.floor(Date.now() / 1000)

const withSecrets = (...secrets: string[]): SharedOptions => ({
  issuer,
  resource,
  freshness: 'nonce',
  nonce: { secrets, rotationSeconds },
})

async function startUntilFinished(parts: InstanceParts): Promise<Instances> {
  const instances = await startInstances(parts)
  onTestFinished(instances.close)
  return instances
}

function at(instances: Instances, index: number): Instance {
  const instance = instances.all[index]
  if (instance === undefined) throw new Error(`no instance ${index}`)
  return instance
}

describe('processes without a proxy', () => {
  const client = createProofClient()

  function createRequest(nonce?: string): string[] {
    const now = nowInSeconds()
    const accessToken = testIssuer.mint({ now, cnf: { jkt: client.jkt } })
    const proof = client.proof({ method: 'GET', url, now, accessToken, nonce })
    return ['Host', 'api.example.com', 'Authorization', `DPoP ${accessToken}`, 'DPoP', proof]
  }
  const send = ({ port }: Instance, headers: string[]) =>
    sendRequest({ port, method: 'GET', target: '/orders', headers })

  test('each process accepts the nonces of every other one', async () => {
    const { all } = await startUntilFinished({ options: withSecrets(oldSecret) })
    for (const issuing of all) {
      for (const checking of all) {
        const challenged = await send(issuing, createRequest())
        expect(challenged.status).toBe(401)
        const [nonce, ...more] = challenged.header('DPoP-Nonce')
        expect(more).toEqual([])
        const accepted = await send(checking, createRequest(nonce))
        expect({ issuing: issuing.framework, checking: checking.framework, status: accepted.status }).toEqual({
          issuing: issuing.framework,
          checking: checking.framework,
          status: 200,
        })
        expect(JSON.parse(accepted.body)).toEqual({ pid: checking.pid })
      }
    }
  })

  test('a process with another secret does not accept the nonce', async () => {
    const instances = await startUntilFinished({ options: withSecrets(oldSecret) })
    await at(instances, 1).configure({ options: withSecrets(newSecret) })
    const [nonce] = (await send(at(instances, 0), createRequest())).header('DPoP-Nonce')
    expect((await send(at(instances, 2), createRequest(nonce))).status).toBe(200)
    const rejected = await send(at(instances, 1), createRequest(nonce))
    expect(rejected.status).toBe(401)
    expect(JSON.parse(rejected.body)).toMatchObject({ error: 'use_dpop_nonce' })
  })

  test.each([
    { store: 'shared', accepted: 1 },
    { store: 'memory', accepted: 3 },
  ] as const)('with a $store store a proof is accepted by $accepted of 3', async ({ store, accepted }) => {
    const { all } = await startUntilFinished({ options: { issuer, resource }, store })
    const headers = createRequest()
    const responses = await Promise.all([...all, ...all].map((instance) => send(instance, headers)))
    expect(responses.filter(({ status }) => status === 200)).toHaveLength(accepted)
    for (const { status, body } of responses) {
      if (status !== 200) expect(JSON.parse(body)).toMatchObject({ error: 'invalid_dpop_proof' })
    }
  })
})

describe.skipIf(nginxIsMissing)(`processes behind nginx${skippedWithoutNginx}`, () => {
  let certificate: Certificate
  beforeAll(async () => {
    certificate = await pageCertificate()
  })

  /** The configuration of the page in front of these instances. */
  async function startProxy({ all }: Instances, edit = (config: string) => config) {
    const [first, second, third] = all.map(({ port }) => port)
    if (first === undefined || second === undefined || third === undefined)
      throw new Error('the page has three instances')
    const nginx = await startNginx({
      config: edit(block('Several instances', 'nginx')),
      certificate,
      ports: { 3001: first, 3002: second, 3003: third },
    })
    onTestFinished(nginx.close)
    return nginx
  }

  const tokens = new Map<string, string>()
  afterEach(() => tokens.clear())

  /** The same token for each call of a client. */
  function tokenOf({ jkt }: { jkt: string }): string {
    const token = tokens.get(jkt) ?? testIssuer.mint({ now: nowInSeconds(), cnf: { jkt } })
    tokens.set(jkt, token)
    return token
  }

  describe.each([
    {
      how: 'reconfigured',
      async change(instance: Instance, parts: InstanceParts) {
        await instance.configure(parts)
      },
    },
    {
      how: 'restarted',
      async change(instance: Instance, parts: InstanceParts) {
        await instance.stop()
        await instance.start(parts)
      },
    },
  ])('a nonce secret that is replaced under load, the instances $how one by one:', ({ change }) => {
    test('in the order of the docs no request fails', async () => {
      const instances = await startUntilFinished({ options: withSecrets(oldSecret) })
      const { port } = await startProxy(instances)
      const load = await startLoad({ port, certificate, token: tokenOf })
      await load.more(30)
      const changed: number[] = []
      for (const secrets of [[oldSecret, newSecret], [newSecret, oldSecret], [newSecret]]) {
        // The old secret is removed after two rotations.
        if (secrets.length === 1) await sleep(2 * rotationSeconds * 1000)
        for (const instance of instances.all) {
          await change(instance, { options: withSecrets(...secrets) })
          changed.push(load.calls.length)
          await load.more(15)
        }
        await load.reached(instances.all.map(({ pid }) => pid))
      }
      await load.more(30)
      await load.stop()

      // Only the first request of each client has no nonce and is answered with 401.
      const counts = countAnswers(load.calls)
      expect(counts).toEqual({ '401 200': 4, 200: load.calls.length - 4 })
      expect(changed).toHaveLength(9)
      expect(load.calls.length).toBeGreaterThanOrEqual(30 + 9 * 15 + 30)
    })
  })

  test('a nonce secret that is replaced in one step makes requests fail', async () => {
    const instances = await startUntilFinished({ options: withSecrets(oldSecret) })
    const { port } = await startProxy(instances)
    const load = await startLoad({ port, certificate, token: tokenOf })
    await load.more(30)
    await at(instances, 0).configure({ options: withSecrets(newSecret) })
    await load.more(60)
    await load.stop()
    expect(countAnswers(load.calls)['401 401']).toBeGreaterThan(0)
  })

  describe('an issuer that changes its key under load:', () => {
    const tuning = { cacheSeconds: 3, cooldownSeconds: 2 }

    async function startWithIssuer(jwks = tuning) {
      const server = await startIssuerServer()
      onTestFinished(server.close)
      const instances = await startUntilFinished({ options: { issuer: server.issuer, resource, jwksCache: jwks } })
      const { port } = await startProxy(instances)
      return { server, instances, port }
    }

    test('that keeps the old key for a while makes no request fail, with new or old tokens', async () => {
      const { server, port } = await startWithIssuer()
      const first = new Map<string, string>()
      const load = await startLoad({
        port,
        certificate,
        token({ index, jkt }) {
          const token = server.mint({ now: nowInSeconds(), cnf: { jkt } })
          if (!first.has(jkt)) first.set(jkt, token)
          // Half of the clients keep their old tokens.
          return index % 2 === 0 ? token : (first.get(jkt) ?? token)
        },
      })
      await load.more(30)
      server.rotate('k2', 'keep-old')
      const rotatedAt = load.calls.length
      await load.more(30)
      const until = Date.now() + (tuning.cacheSeconds + 1) * 1000
      await load.more(30)
      while (Date.now() < until) await load.more(10)
      await load.stop()
      expect(countAnswers(load.calls)).toEqual({ 200: load.calls.length })
      const signedWith = (key: string) => load.calls.slice(rotatedAt).filter(({ token }) => keyOf(token) === key)
      expect(signedWith('k1').length).toBeGreaterThan(30)
      expect(signedWith('k2').length).toBeGreaterThan(30)
    })

    test('a withdrawn key stops working within cacheSeconds, in every process', async () => {
      const { server, instances, port } = await startWithIssuer()
      const old = new Map<string, string>()
      const load = await startLoad({
        port,
        certificate,
        token({ jkt }) {
          const token = old.get(jkt) ?? server.mint({ now: nowInSeconds(), cnf: { jkt } })
          old.set(jkt, token)
          return token
        },
      })
      await load.more(30)
      await load.reached(instances.all.map(({ pid }) => pid))
      server.rotate('k2', 'withdraw-old')
      const withdrawnAt = Date.now()
      const deadline = withdrawnAt + tuning.cacheSeconds * 1000
      while (Date.now() < deadline) await load.more(5)
      await load.more(40)
      await load.stop()

      const before = load.calls.filter(({ startedAt }) => startedAt < withdrawnAt)
      expect(countAnswers(before)).toEqual({ 200: before.length })
      // The cache must have served the key for a while, or the test would not show that the cache expires.
      const stillAccepted = load.calls.filter(({ startedAt, pid }) => startedAt > withdrawnAt && pid !== undefined)
      expect(stillAccepted.length).toBeGreaterThan(0)
      const after = load.calls.filter(({ startedAt }) => startedAt >= deadline)
      expect(countAnswers(after)).toEqual({ 401: after.length })
      expect(after.length).toBeGreaterThan(20)
    })

    test('an attacker who always sends unknown key ids does not delay a key that is published in time', async () => {
      const { server, instances, port } = await startWithIssuer()
      const k2 = generateSigningKey('ES256')
      let useNewKey = false
      const load = await startLoad({
        port,
        certificate,
        clients: 6,
        token({ index, jkt }) {
          const now = nowInSeconds()
          // Two of the clients are the attacker.
          if (index >= 4) return server.mint({ now, cnf: { jkt } }, { kid: `unknown-${Math.random()}` })
          if (!useNewKey) return server.mint({ now, cnf: { jkt } })
          return server.mint({ now, cnf: { jkt } }, { kid: 'k2', privateKey: k2.privateKey })
        },
      })
      await load.more(60)
      const requestsBefore = server.requests.jwks
      const publishedAt = Date.now()
      server.jwks.keys.push({ ...k2.publicKey.export({ format: 'jwk' }), kid: 'k2', alg: 'ES256', use: 'sig' })
      while (Date.now() < publishedAt + tuning.cacheSeconds * 1000) await load.more(10)
      useNewKey = true
      await load.more(100)
      await load.reached(instances.all.map(({ pid }) => pid))
      await load.stop()
      const stoppedAt = Date.now()

      const good = load.calls.filter(({ client }) => client < 4)
      expect(countAnswers(good)).toEqual({ 200: good.length })
      const withNewKey = good.filter(({ token }) => keyOf(token) === 'k2')
      expect(withNewKey.length).toBeGreaterThan(30)
      const strange = load.calls.filter(({ client }) => client >= 4)
      expect(countAnswers(strange)).toEqual({ 401: strange.length })
      expect(strange.length).toBeGreaterThan(30)
      // One fetch for each process and cooldown, and one each time the set expires, but not one for each request.
      const seconds = (stoppedAt - publishedAt) / 1000
      const bound =
        instances.all.length * (seconds / tuning.cooldownSeconds + seconds / (0.8 * tuning.cacheSeconds) + 2)
      expect(server.requests.jwks - requestsBefore).toBeLessThan(bound)
      expect(strange.length).toBeGreaterThan(server.requests.jwks - requestsBefore)
    })

    test('an attacker who sends unknown key ids delays a key that is used at once, by the cooldown at most', async () => {
      const cooldownSeconds = 2
      const { server, port } = await startWithIssuer({ cacheSeconds: 600, cooldownSeconds })
      const load = await startLoad({
        port,
        certificate,
        clients: 6,
        token: ({ index, jkt }) =>
          server.mint({ now: nowInSeconds(), cnf: { jkt } }, index >= 4 ? { kid: `unknown-${Math.random()}` } : {}),
      })
      await load.more(60)
      // The attacker has just used up the fetches that every process may make.
      const fetched = server.requests.jwks + 3
      while (server.requests.jwks < fetched) await load.more(1)
      server.rotate('k2', 'keep-old')
      const rotatedAt = Date.now()
      while (Date.now() < rotatedAt + (cooldownSeconds + 1) * 1000) await load.more(10)
      const recoveredFrom = Date.now()
      await load.more(60)
      await load.stop()

      const good = load.calls.filter(({ client, token }) => client < 4 && keyOf(token) === 'k2')
      const delayed = good.filter(({ startedAt }) => startedAt < recoveredFrom)
      const later = good.filter(({ startedAt }) => startedAt >= recoveredFrom)
      // The number of these requests before the end of the cooldown depends on the machine.
      const { 200: _taken, 401: _rejected, ...others } = countAnswers(delayed)
      expect(others).toEqual({})
      expect(countAnswers(later)).toEqual({ 200: later.length })
      expect(later.length).toBeGreaterThan(20)
    })
  })

  describe('a rolling restart under load', () => {
    async function restartAll(edit?: (config: string) => string) {
      const parts = { options: withSecrets(oldSecret) }
      const instances = await startUntilFinished(parts)
      const { port } = await startProxy(instances, edit)
      const load = await startLoad({ port, certificate, token: tokenOf })
      await load.more(30)
      for (const instance of instances.all) {
        await instance.stop()
        await load.more(20)
        await instance.start(parts)
      }
      await load.more(60)
      await load.stop()
      return { calls: load.calls, pids: instances.all.map(({ pid }) => pid) }
    }

    test('makes no request fail with the configuration of the page', async () => {
      const { calls, pids } = await restartAll()
      expect(countAnswers(calls)).toEqual({ '401 200': 4, 200: calls.length - 4 })
      const last = new Set(calls.slice(-60).map(({ pid }) => pid))
      expect([...last].sort()).toEqual([...pids].sort())
    })

    test('makes requests fail without another try at the next instance', async () => {
      const { calls } = await restartAll((config) =>
        config.replace('proxy_next_upstream error;', 'proxy_next_upstream off;'),
      )
      expect(countAnswers(calls)[502]).toBeGreaterThan(0)
    })

    test('makes requests fail without max_fails=0: at the end, nginx assumes that all are down', async () => {
      // Longer than the default of 10 seconds, because a slow machine may need so long for the three restarts.
      const { calls } = await restartAll((config) => config.replaceAll('max_fails=0', 'fail_timeout=60s'))
      expect(countAnswers(calls)[502]).toBeGreaterThan(0)
    })
  })

  describe('the table of the outcomes of one request:', () => {
    const rows = tableRows('Several instances', 5).map(
      ([fate = '', method = '', policy = '', store = '', result = '']) => ({
        fate: fate.replaceAll('`', ''),
        method,
        policy,
        store,
        result,
      }),
    )

    test.each(rows)('the instance $fate: $method, $policy, store $store: $result', async (row) => {
      const store = row.store === 'shared' ? 'shared' : 'memory'
      const parts: InstanceParts = { options: { issuer, resource }, store }
      const instances = await startUntilFinished(parts)
      const { port } = await startProxy(instances, (config) =>
        config.replace('proxy_next_upstream error;', `proxy_next_upstream ${row.policy}; proxy_read_timeout 3s;`),
      )
      const client = createProofClient()
      const send = async (target: string) => {
        const accessToken = testIssuer.mint({ now: nowInSeconds(), cnf: { jkt: client.jkt } })
        const proof = client.proof({ method: row.method, url: resource + target, now: nowInSeconds(), accessToken })
        return protocols['HTTP/1.1']({
          port,
          tls: { ca: certificate.cert, servername: 'api.example.com' },
          method: row.method,
          target,
          authority: 'api.example.com',
          headers: ['Authorization', `DPoP ${accessToken}`, 'DPoP', proof],
        })
      }

      let done = 0
      const ended: Promise<void>[] = []
      const fates: Record<string, (instance: Instance) => void> = {
        'is shutting down'(instance) {
          ended.push(instance.stop())
          instance.release()
        },
        'crashes during the request': (instance) => void ended.push(instance.kill()),
        'takes longer than proxy_read_timeout'() {},
      }
      instances.onHeld = (instance) => {
        done += 1
        if (done === 1) fates[row.fate]?.(instance)
        else instance.release()
      }
      if (row.fate === 'does not run') {
        await at(instances, 0).kill()
        const statuses = [await send('/orders'), await send('/orders'), await send('/orders')].map(
          ({ status }) => status,
        )
        // nginx tries each instance once.
        expect(statuses.sort()).toEqual([200, 200, Number(row.result)])
        return
      }
      expect(Object.keys(fates)).toContain(row.fate)
      const { status, body } = await send('/held')
      await Promise.all(ended)
      const replayed = body.includes(failures.proof_replayed.description) ? ', a replay' : ''
      expect(`${status}${replayed}${done > 1 ? ', done twice' : ''}`).toBe(row.result)
      expect(done).toBe(row.result.includes('twice') ? 2 : 1)
    })
  })
})

/** `kid` of a token's header. */
function keyOf(token: string): string {
  const [header = ''] = token.split('.')
  return JSON.parse(Buffer.from(header, 'base64url').toString()).kid
}
