// @ts-check
import { randomBytes } from 'node:crypto'
import { createGuard, memoryReplayStore } from '@dpop-guard/core'

/**
 * A guard whose settings can change between two requests. A real guard never changes, so there is one for each combination. They share
 * one replay store and the secret of their nonces.
 *
 * @param {{ issuer: string, resource: string }} options
 * @param {ReturnType<typeof import('./settings.js').createSettings>} settings
 * @returns {import('@dpop-guard/core').Guard}
 */
export function createSwitchableGuard({ issuer, resource }, settings) {
  const shared = { issuer, resource, replayStore: memoryReplayStore() }
  const nonce = { secrets: [randomBytes(32)] }
  const guards = {
    'dpop-only': {
      iat: createGuard({ ...shared, mode: 'dpop-only', freshness: 'iat' }),
      nonce: createGuard({ ...shared, mode: 'dpop-only', freshness: 'nonce', nonce }),
    },
    'bearer-and-dpop': {
      iat: createGuard({ ...shared, mode: 'bearer-and-dpop', freshness: 'iat' }),
      nonce: createGuard({ ...shared, mode: 'bearer-and-dpop', freshness: 'nonce', nonce }),
    },
  }
  const chosen = () => guards[settings.values.mode][settings.values.freshness]
  return {
    check: (request) => chosen().check(request),
    checkScopes: (auth, scopes) => chosen().checkScopes(auth, scopes),
    checkAnyScope: (auth, scopes) => chosen().checkAnyScope(auth, scopes),
    checkClaims: (auth, isAllowed) => chosen().checkClaims(auth, isAllowed),
    checkDpop: (auth) => chosen().checkDpop(auth),
    checkStepUp: (auth, required) => chosen().checkStepUp(auth, required),
    ready: () => chosen().ready(),
    resourceMetadata: undefined,
  }
}
