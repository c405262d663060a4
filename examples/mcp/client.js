// @ts-check
import { discoverOAuthProtectedResourceMetadata } from '@modelcontextprotocol/sdk/client/auth.js'
import { Client } from '@modelcontextprotocol/sdk/client/index.js'
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js'
import {
  allowInsecureRequests,
  ClientSecretBasic,
  clientCredentialsGrant,
  discovery,
  fetchProtectedResource,
  getDPoPHandle,
  randomDPoPKeyPair,
} from 'openid-client'

/**
 * Finds the authorization server of an MCP server: the challenge names a metadata document, and that document names it (RFC 9728).
 *
 * @param {string} resource
 */
export async function findAuthorizationServer(resource) {
  const response = await fetch(resource, { method: 'POST' })
  // Not the SDK's extractWWWAuthenticateParams, which reads challenges of the scheme Bearer only.
  const challenge = response.headers.get('www-authenticate') ?? ''
  const resourceMetadataUrl = /^DPoP .*resource_metadata="([^"]+)"/.exec(challenge)?.[1]
  if (resourceMetadataUrl === undefined)
    throw new Error(`the challenge names no metadata document, status ${response.status}`)
  const metadata = await discoverOAuthProtectedResourceMetadata(resource, { resourceMetadataUrl })
  // RFC 9728 section 3.3. Without this check, a server could make its clients ask for tokens of another server.
  if (metadata.resource !== resource)
    throw new Error(`the metadata document is for another resource: ${metadata.resource}`)
  return { status: response.status, resourceMetadataUrl, issuer: metadata.authorization_servers?.[0] ?? '' }
}

/**
 * @param {{ issuer: string, resource: string, clientId: string, clientSecret: string }} options
 */
export async function startClient({ issuer, resource, clientId, clientSecret }) {
  const config = await discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), {
    algorithm: 'oauth2',
    // The library allows https only. Tests and demos have an authorization server on this machine.
    execute: new URL(issuer).hostname === '127.0.0.1' ? [allowInsecureRequests] : [],
  })
  const DPoP = getDPoPHandle(config, await randomDPoPKeyPair('ES256'))
  const { access_token: token } = await clientCredentialsGrant(config, { resource, scope: 'orders:read' }, { DPoP })

  /** @type {import('@modelcontextprotocol/sdk/shared/transport.js').FetchLike} */
  const fetchWithProof = (url, { method = 'GET', body, headers } = {}) => {
    const json = /** @type {string | undefined} */ (body)
    return fetchProtectedResource(config, token, new URL(url), method, json, new Headers(headers), { DPoP })
  }

  return {
    token,

    /** @param {string} name */
    async callTool(name) {
      const client = new Client({ name: 'example', version: '0.1.0' })
      await client.connect(new StreamableHTTPClientTransport(new URL(resource), { fetch: fetchWithProof }))
      const result = await client.callTool({ name })
      await client.close()
      return result.content
    },
  }
}
