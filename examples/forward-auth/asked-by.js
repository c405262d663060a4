// @ts-check
/** @import { IncomingMessage } from 'node:http' */
/** @import { GuardRequest } from '@dpop-guard/core' */

/**
 * @typedef {object} Asked
 * @property {GuardRequest} request The client's request.
 * @property {(status: number) => number} statusOf The status for the proxy.
 */

/**
 * How each proxy asks. The path of the question says which one it is.
 *
 * @type {Record<string, (req: IncomingMessage) => Asked | undefined>}
 */
const forms = {
  // nginx, auth_request: it passes 401 and 403 on, and turns every other status into 500. So a malformed request is a 401 too.
  '/auth-request': (req) =>
    ask(req, onlyValue(req, 'x-original-method'), onlyValue(req, 'x-original-uri'), (status) =>
      status === 400 ? 401 : status,
    ),

  // Caddy, forward_auth, and Traefik, ForwardAuth: they pass every answer on.
  '/forward-auth': (req) => ask(req, onlyValue(req, 'x-forwarded-method'), onlyValue(req, 'x-forwarded-uri')),
}

/** Envoy, ext_authz: it sends the client's method, and the client's target behind this prefix. */
const envoyPrefix = '/ext-authz'

/**
 * The client's request that a proxy asks about. Undefined if the proxy does not say what it is.
 *
 * @param {IncomingMessage} req
 * @returns {Asked | undefined}
 */
export function askedBy(req) {
  const { url = '', method } = req
  if (url.startsWith(`${envoyPrefix}/`)) return ask(req, method, url.slice(envoyPrefix.length))
  // Caddy adds the client's query.
  const [path = ''] = url.split('?', 1)
  return Object.hasOwn(forms, path) ? forms[path]?.(req) : undefined
}

/**
 * @param {IncomingMessage} req
 * @param {string | undefined} method
 * @param {string | undefined} target
 * @param {Asked['statusOf']} statusOf
 * @returns {Asked | undefined}
 */
function ask(req, method, target, statusOf = (status) => status) {
  if (method === undefined || target === undefined) return undefined
  return { request: { method, target, headers: req.rawHeaders }, statusOf }
}

/**
 * The value of a header that the proxy sets. Undefined if it is missing or repeated: then a client may have sent one.
 *
 * @param {IncomingMessage} req
 * @param {string} name
 */
function onlyValue(req, name) {
  const values = req.headersDistinct[name]
  return values?.length === 1 ? values[0] : undefined
}
