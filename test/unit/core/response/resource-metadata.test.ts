import { createGuard } from '@dpop-guard/core'
import { describe, expect, test } from 'vitest'
import { goodOptions, messageFor } from '../../../support/option-errors.js'

const resource = 'https://api.example.com'

const { issuer } = goodOptions.issuer

describe('the document', () => {
  const documentOf = (options: object) =>
    JSON.parse(createGuard({ ...goodOptions, ...options }).resourceMetadata?.body ?? '')
  const algorithms = ['ES256', 'PS256', 'Ed25519', 'EdDSA']

  test('says what follows from the other options, and leaves out members without values', () => {
    expect(documentOf({ resourceMetadata: {} })).toEqual({
      resource,
      authorization_servers: [issuer],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: algorithms,
      dpop_bound_access_tokens_required: true,
    })
  })

  test('says that a guard takes Bearer tokens too, and has what its option names', () => {
    const additional = { resource_name: 'Orders', contacts: [] }
    const scopesSupported = ['orders']
    const resourceMetadata = { authorizationServers: [], scopesSupported, additional }
    expect(documentOf({ mode: 'bearer-and-dpop', requiredScopes: ['a'], resourceMetadata })).toEqual({
      resource_name: 'Orders',
      resource,
      scopes_supported: ['orders'],
      bearer_methods_supported: ['header'],
      dpop_signing_alg_values_supported: algorithms,
      dpop_bound_access_tokens_required: false,
    })
  })

  test('has the scopes of the guard, if it names no others', () => {
    expect(documentOf({ requiredScopes: ['a', 'b'], resourceMetadata: {} })).toMatchObject({
      scopes_supported: ['a', 'b'],
    })
  })

  test.each([
    ['', ''],
    ['/', ''],
    ['/svc1', '/svc1'],
    ['/svc1/', '/svc1/'],
  ])('of a resource with the path "%s" is below the well-known path', (path, suffix) => {
    const { resourceMetadata } = createGuard({ ...goodOptions, resource: `${resource}${path}`, resourceMetadata: {} })
    const target = `/.well-known/oauth-protected-resource${suffix}`
    expect(resourceMetadata).toMatchObject({ path: target, url: `${resource}${target}` })
  })

  test('needs the authorization servers, if the guard does not know them', () => {
    const byFunction = { issuer: () => undefined, resourceMetadata: {} }
    expect(messageFor(byFunction)).toBe(
      'dpop-guard: option "resourceMetadata.authorizationServers" is required: the URLs of the authorization servers, because a function as "issuer" does not list them',
    )
    const { jwks } = goodOptions.issuer
    expect(messageFor({ issuer: [goodOptions.issuer, { issuer: 'urn:as', jwks }], resourceMetadata: {} })).toContain(
      'because an issuer is not a URL that clients can ask',
    )
    const named = { ...byFunction, resourceMetadata: { authorizationServers: ['https://as2.example.com'] } }
    expect(documentOf(named)).toMatchObject({ authorization_servers: ['https://as2.example.com'] })
  })
})

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

  test('the error for additional members that cannot be read has the cause', () => {
    const cause = new Error('theirs')
    const additional = {
      get resource_name() {
        throw cause
      },
    }
    expect(() => createGuard({ ...goodOptions, resourceMetadata: { additional } })).toThrow(
      expect.objectContaining({
        message: 'dpop-guard: "resourceMetadata.additional" must be readable, got an error',
        cause,
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
