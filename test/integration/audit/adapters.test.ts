/** Our own adapters: nothing must be rejected that they accept, and nothing is answered as it should not be. */
import { createTestIssuer } from '@dpop-guard/testing'
import { type SettingName, settings } from '@dpop-guard/testing/invalid-requests'
import { expect, test } from 'vitest'
import { frameworks } from '../frameworks.js'
import { auditApi, missed, signedBy } from './audited-server.js'

async function audit(framework: string, setting?: SettingName) {
  const createApi = frameworks[framework]
  if (createApi === undefined) throw new Error(`no framework is named ${framework}`)
  // The audit has the time of today. Requests for a clock that stands still are not run.
  const { clock, ...options } = setting === undefined ? {} : (settings[setting].guard ?? {})
  return auditApi(
    async (resource) => {
      const issuer = await createTestIssuer({ resource, serve: 'nowhere' })
      const guard = { ...issuer.guardOptions, ...options }
      return { tokens: signedBy(issuer), handle: await createApi({ guard, handle: () => ({ ok: true }) }) }
    },
    { settings: setting !== undefined && clock === undefined ? [setting] : [] },
  )
}

const timeout = 240_000

test.each(['Express 5', 'Koa 3', 'Fastify 5'])(
  '%s passes',
  async (framework) => {
    const report = await audit(framework)
    expect(missed(report)).toEqual([])
    expect(report.stopped).toBeUndefined()
    expect(report.offered).toMatchObject({ schemes: ['dpop'], algs: ['ES256', 'PS256', 'Ed25519', 'EdDSA'] })
    expect(report.counts.passed).toBeGreaterThan(700)
  },
  timeout,
)

test.each(['bearer', 'nonce', 'adaptive', 'scopes'] as const)(
  'Express 5 passes with the setting %s, and its requests run',
  async (setting) => {
    const report = await audit('Express 5', setting)
    expect(missed(report)).toEqual([])
    const own = report.results.filter(({ needs = '' }) => needs.includes(`"${setting}"`) || needs.includes('nonces'))
    expect(own.filter(() => setting === 'nonce')).toEqual([])
    expect(report.counts.passed).toBeGreaterThan(700)
  },
  timeout,
)
