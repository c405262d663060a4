// @ts-check
import { failures } from '@dpop-guard/core'
import { listenForApis } from '../demo/apis.js'
import { startAuthorizationServer } from '../demo/authorization-server.js'
import { startUnboundClient } from '../demo/client.js'
import { listenOnLoopback } from '../demo/loopback.js'
import { createOperator } from './operator.js'
import { createPageListener } from './page-listener.js'
import { createSettings } from './settings.js'
import { createSwitchableGuard } from './switchable-guard.js'

/** Starts the page, an authorization server and three APIs, all on loopback. */
export async function startPlayground() {
  const page = await listenOnLoopback()
  const apis = await listenForApis()
  const client = { clientId: 'playground', redirectUri: `${page.origin}/` }
  const authorizationServer = await startAuthorizationServer({
    resources: apis.map(({ origin }) => origin),
    publicClients: [client],
  })
  const { issuer } = authorizationServer
  const settings = createSettings()
  const operator = createOperator(settings)

  for (const { name, origin, server, createApi } of apis) {
    const guard = createSwitchableGuard({ issuer, resource: origin }, settings)
    const listener = await createApi({ guard: { guard }, allowedOrigin: page.origin })
    server.on('request', operator.watch(name, listener))
  }
  const { getToken } = await startUnboundClient(authorizationServer)
  /** @type {[string, import('@dpop-guard/core').FailureRule][]} */
  const rules = Object.entries(failures)
  const steps = Object.fromEntries(rules.map(([reason, { step }]) => [reason, step]))
  const scene = { issuer, ...client, apis: apis.map(({ name, origin }) => ({ name, origin })), steps }
  page.server.on(
    'request',
    createPageListener({ origin: page.origin, scene, settings, operator, getUnboundToken: getToken }),
  )

  return {
    origin: page.origin,
    close() {
      operator.close()
      for (const { close } of [page, authorizationServer, ...apis]) close()
    },
  }
}
