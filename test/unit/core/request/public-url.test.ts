import { expect, test } from 'vitest'
import { createScene, mistyped, outcome } from '../../../support/guard-scene.js'
import { listenTo } from '../../../support/published-events.js'

test.each(['https://api.example.com', 'https://api.example.com/v1?tenant=a', 'https://api.example.com?a?b'])(
  'without publicUrl, proofs are for the origin of the resource %s, without its path and query',
  async (resource) => {
    const { guard, request } = createScene({ resource })
    const verdictFor = (url: string) => outcome(guard, request({ token: { aud: resource }, proof: { url } }))
    expect(await verdictFor('https://api.example.com/orders')).toBe('accepted')
    expect(await verdictFor('https://api.example.com/v1/orders')).toBe('401 proof_htu')
  },
)

test('a publicUrl function that returns no URL is a 503, and operators see what it returned', async () => {
  const { guard, request } = createScene({ publicUrl: () => mistyped(['https://api.example.com', 'nonsense']) })
  const events = listenTo('unavailable')
  expect(await outcome(guard, request())).toBe('503 public_url_unavailable')
  const baseUrl = 'a base URL: https (http only on a loopback host), with no query and fragment'
  expect(events).toMatchObject([
    {
      error: {
        message: `publicUrl() must return ${baseUrl}`,
        cause: { message: `dpop-guard: "publicUrl()" must be ${baseUrl}, got "nonsense"` },
      },
    },
  ])
})

test('a publicUrl function that returns undefined serves no request', async () => {
  const { guard, request } = createScene({ publicUrl: () => undefined })
  expect(await outcome(guard, request())).toBe('400 target_foreign')
})
