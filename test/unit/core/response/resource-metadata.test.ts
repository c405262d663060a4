import { createGuard } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { goodOptions, messageFor } from '../../../support/option-errors.js'

const resource = 'https://api.example.com'

const { issuer } = goodOptions.issuer

describe('resourceMetadata', () => {
  const circle: Record<string, unknown> = {}
  circle.again = circle

  test.each([
    ['null', null, '"resourceMetadata" must be an object'],
    ['true', true, '"resourceMetadata" must be an object'],
    ['a list', [], '"resourceMetadata" must be an object'],
    ['a misspelt member', { scopeSupported: [] }, 'did you mean "resourceMetadata.scopesSupported"?'],
    ['scopes as a string', { scopesSupported: 'a b' }, '"resourceMetadata.scopesSupported" must be a list'],
    [
      'a scope with a space',
      { scopesSupported: ['a b'] },
      '"resourceMetadata.scopesSupported" must be a list of valid strings, got ',
    ],
    [
      'a scope with a quote',
      { scopesSupported: ['a"'] },
      '"resourceMetadata.scopesSupported" must be a list of valid strings, got ',
    ],
    [
      'an empty scope',
      { scopesSupported: ['a', ''] },
      '"resourceMetadata.scopesSupported" must be a list of valid strings, got ',
    ],
    [
      'a scope that is not a string',
      { scopesSupported: [1] },
      '"resourceMetadata.scopesSupported" must be a list of valid strings, got ',
    ],
    ['servers as a string', { authorizationServers: issuer }, '"resourceMetadata.authorizationServers" must be a list'],
    [
      'a server that is not a URL',
      { authorizationServers: ['as'] },
      '"resourceMetadata.authorizationServers" must be a list of valid strings, got ',
    ],
    [
      'a server that is not a string',
      { authorizationServers: [null] },
      '"resourceMetadata.authorizationServers" must be a list of valid strings, got ',
    ],
    ['additional as a list', { additional: [] }, '"resourceMetadata.additional" must be an object'],
    ['additional null', { additional: null }, '"resourceMetadata.additional" must be an object'],
    ['additional as a string', { additional: 'x' }, '"resourceMetadata.additional" must be an object'],
  ])('%s is rejected', (_what, metadata, expected) => {
    expect(messageFor({ resourceMetadata: metadata })).toContain(expected)
  })

  test.each([
    'resource',
    'authorization_servers',
    'scopes_supported',
    'bearer_methods_supported',
    'dpop_signing_alg_values_supported',
    'dpop_bound_access_tokens_required',
  ])('%s among the additional members is rejected', (member) => {
    expect(messageFor({ resourceMetadata: { additional: { resource_name: 'Orders', [member]: 'x' } } })).toBe(
      `dpop-guard: "resourceMetadata.additional" needs "${member}" to be left out, which follows from other options`,
    )
  })

  test('the error for an additional member that JSON cannot express names it, with the cause', () => {
    const build = () => createGuard({ ...goodOptions, resourceMetadata: { additional: { big: 1n } } })
    expect(build).toThrow(
      expect.objectContaining({
        message: 'dpop-guard: "resourceMetadata.additional" must be an object that JSON can express, got an error',
        cause: expect.any(TypeError),
      }),
    )
  })

  test('of a resource on a loopback host has an http URL', () => {
    const guard = createGuard({ ...goodOptions, resource: 'http://127.0.0.1:8080/svc1', resourceMetadata: {} })
    expect(guard.resourceMetadata?.url).toBe('http://127.0.0.1:8080/.well-known/oauth-protected-resource/svc1')
  })

  // RFC 9728 section 2: issuer identifiers, which are https URLs without query and fragment.
  test.each(['http://as.example.com', 'ftp://as.example.com', 'javascript:alert(1)', 'https://as.example.com/?a#b'])(
    'a server that cannot be an issuer, %s, is rejected',
    (server) => {
      expect(messageFor({ resourceMetadata: { authorizationServers: [server] } })).toContain(
        'resourceMetadata.authorizationServers',
      )
    },
  )

  test.each([
    ['a member that JSON cannot express', { big: 1n }],
    ['a circular object', circle],
  ])('%s among the additional members is rejected with the name of the option', (_what, additional) => {
    expect(messageFor({ resourceMetadata: { additional } })).toContain('resourceMetadata.additional')
  })

  test.each([
    ['not an http(s) URL', 'urn:example:api'],
    ['a URL within another', 'urn:example:https://api.example.com'],
    ['a URL with a query', 'https://api.example.com/?tenant=1'],
  ])('needs a resource with a place for the document: %s is rejected', (_what, uri) => {
    const message = messageFor({ resource: uri, publicUrl: resource, resourceMetadata: {} })
    expect(message).toBe('dpop-guard: "resourceMetadata" needs "resource" to be an http(s) URL without query')
    expect(createGuard({ ...goodOptions, resource: uri, publicUrl: resource }).resourceMetadata).toBeUndefined()
  })
})
