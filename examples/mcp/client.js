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
 * Asks an MCP server of which nothing but the URL is known, and reads the metadata document that its challenge names (RFC 9728).
 *
 * @param {string} resource
 */
export async function findAuthorizationServer(resource) {
  const response = await fetch(resource, { method: 'POST' })
  // Not the SDK's extractWWWAuthenticateParams, which reads challenges of the scheme Bearer only.
  const challenge = response.headers.get('www-authenticate') ?? ''
  const resourceMetadataUrl = /^DPoP .*resource_metadata="([^"]+)"/.exec(challenge)?.[1]
  if (resourceMetadataUrl === undefined) throw new Error(`no challenge that names metadata: ${response.status}`)
  const metadata = await discoverOAuthProtectedResourceMetadata(resource, { resourceMetadataUrl })
  // RFC 9728 section 3.3: otherwise any server could send its clients to the authorization server of another.
  if (metadata.resource !== resource) throw new Error(`metadata of another resource: ${metadata.resource}`)
  return { status: response.status, resourceMetadataUrl, issuer: metadata.authorization_servers?.[0] ?? '' }
}

/**
 * @param {{ issuer: string, resource: string, clientId: string, clientSecret: string }} options
 */
export async function startClient({ issuer, resource, clientId, clientSecret }) {
  const config = await discovery(new URL(issuer), clientId, undefined, ClientSecretBasic(clientSecret), {
    algorithm: 'oauth2',
    execute: [allowInsecureRequests],
  })
  const DPoP = getDPoPHandle(config, await randomDPoPKeyPair('ES256'))
  const { access_token: token } = await clientCredentialsGrant(config, { resource, scope: 'orders:read' }, { DPoP })

  /** @type {import('@modelcontextprotocol/sdk/shared/transport.js').FetchLike} */
  const fetchWithProof = (url, { method = 'GET', body, headers } = {}) => {
    const text = /** @type {string | undefined} */ (body)
    return fetchProtectedResource(config, token, new URL(url), method, text, new Headers(headers), { DPoP })
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
