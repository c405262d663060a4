import type { Auth, Guard } from '@dpop-guard/core'
import { admit, type Plugin, receivedRequest, writeHeaders } from '@dpop-guard/core/plugin'
import type { CanActivate, ExecutionContext } from '@nestjs/common'
import { isPublic } from './decorators.js'
import { answered, exchangeOf, headersOf, nodeRequestOf, nodeResponseOf, send } from './exchange.js'

/** The global guard of {@link DpopModule}. Inject it to use its `guard` elsewhere. */
export class DpopGuard implements CanActivate {
  /** The guard of the core. It always enforces its checks, also with `reportOnly`. */
  readonly guard: Guard<Auth | undefined>
  readonly #plugin: Plugin

  /** For {@link DpopModule}. */
  constructor(plugin: Plugin) {
    this.#plugin = plugin
    this.guard = plugin.enforcingGuard
  }

  /** Accepts the request, or answers it. Throws an Error for a handler that is not public and not of an HTTP controller. */
  async canActivate(context: ExecutionContext): Promise<boolean> {
    if (isPublic(context)) return true
    const exchange = exchangeOf(context)
    const { request } = exchange
    const nodeRequest = nodeRequestOf(request)
    const nodeResponse = nodeResponseOf(exchange)
    const received = receivedRequest(nodeRequest, request.originalUrl ?? nodeRequest.url, request.body)
    const admission = await admit(this.#plugin, received, nodeRequest)
    if (nodeResponse.headersSent) return answered()
    if (!admission.admitted) return send(admission, exchange)
    writeHeaders(admission, nodeResponse, headersOf(exchange))
    return true
  }
}
