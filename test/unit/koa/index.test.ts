import {
  dpopGuard,
  protectedResourceMetadata,
  requireAnyScope,
  requireClaims,
  requireDpop,
  requireScopes,
  requireStepUp,
} from '@dpop-guard/koa'
import { expect, test } from 'vitest'

test('every middleware has a name, for stack traces and profilers', () => {
  const options = { issuer: 'https://as.example.com', resource: 'https://api.example.com', resourceMetadata: {} }
  expect(dpopGuard(options).name).toBe('dpopGuard')
  expect(requireScopes('orders:read').name).toBe('requireScopes')
  expect(requireAnyScope('orders:read').name).toBe('requireAnyScope')
  expect(requireClaims(() => true).name).toBe('requireClaims')
  expect(requireDpop().name).toBe('requireDpop')
  expect(requireStepUp({ maxAgeSeconds: 300 }).name).toBe('requireStepUp')
  expect(protectedResourceMetadata(options).name).toBe('protectedResourceMetadata')
})
