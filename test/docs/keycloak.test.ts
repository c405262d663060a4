import { readFileSync } from 'node:fs'
import { failures } from '@dpop-guard/core'
import { expect, test } from 'vitest'
import { createScene } from '../support/guard-scene.js'

const page = readFileSync(new URL('../../packages/core/docs/keycloak.md', import.meta.url), 'utf8')

test("the realm of the page on Keycloak is JSON, and its audience is the API's resource", () => {
  const [, json = ''] = /```json\n(.*?)```/s.exec(page) ?? []
  const [client] = JSON.parse(json).clients
  expect(client.protocolMappers[0].config['included.custom.audience']).toBe('http://localhost:3000')
  expect(page).toContain("RESOURCE = 'http://localhost:3000'")
  expect(page).toContain('RESOURCE: http://localhost:3000')
})

test('the reason that the page on Keycloak names is that of another audience', async () => {
  const { guard, request } = createScene()
  const [, reason = ''] = /reason `(\w+)`/.exec(page) ?? []
  expect(Object.keys(failures)).toContain(reason)
  const verdict = await guard.check(request({ token: { aud: 'account' } }))
  expect(verdict).toMatchObject({ accepted: false, reason })
})
