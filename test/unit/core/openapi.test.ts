import { failures, type GuardOptions } from '@dpop-guard/core'
import { addGuard, type OpenApiOptions, openApi } from '@dpop-guard/core/openapi'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { createScene, mistyped } from '../../support/guard-scene.js'

const info = { title: 'Orders', version: '1.0.0' }
const ok = { responses: { 200: { description: 'ok' } } }

async function problemsOf(document: object): Promise<unknown> {
  const result = await new Validator().validate({ ...structuredClone(document) })
  return result.valid ? [] : result.errors
}

const nonce = { secrets: ['s'.repeat(32)] }

const guards: Record<string, OpenApiOptions> = {
  'of the defaults': {},
  'with Bearer': { mode: 'bearer-and-dpop' },
  'with optional credentials': { credentials: 'optional' },
  'with nonces': { mode: 'bearer-and-dpop', freshness: 'both', nonce },
}

describe.each(['3.0.3', '3.1.0'])('in OpenAPI %s', (openapi) => {
  test.each(Object.entries(guards))('a description with a guard %s is valid', async (_, options) => {
    const paths = {
      '/orders/{id}': { parameters: [{ name: 'id', in: 'path', required: true, schema: { type: 'string' } }], get: ok },
    }
    expect(await problemsOf(addGuard({ openapi, info, paths }, options))).toEqual([])
  })

  test('the validator finds a mistake', async () => {
    const document = addGuard({ openapi, info, paths: { '/orders': { get: ok } } })
    Object.assign(document, { components: { securitySchemes: { dpop: { type: 'http' } } } })
    expect(await problemsOf(document)).not.toEqual([])
  })
})

describe('the parts', () => {
  test('of a guard with the defaults', () => {
    const { components, security, parameters, responses } = openApi()
    expect(security).toEqual([{ dpop: [] }])
    expect(components.securitySchemes).toEqual({
      dpop: { type: 'http', scheme: 'DPoP', description: expect.stringContaining('RFC 9449') },
    })
    expect(components.parameters).toMatchObject({ DpopProof: { name: 'DPoP', in: 'header', required: true } })
    expect(parameters).toEqual([{ $ref: '#/components/parameters/DpopProof' }])
    expect(responses).toEqual({
      400: { $ref: '#/components/responses/DpopInvalidRequest' },
      401: { $ref: '#/components/responses/DpopUnauthorized' },
      403: { $ref: '#/components/responses/DpopForbidden' },
      503: { $ref: '#/components/responses/DpopUnavailable' },
    })
  })

  test('follow mode and credentials', () => {
    const { components, security } = openApi({ mode: 'bearer-and-dpop', credentials: 'optional' })
    expect(security).toEqual([{ bearer: [] }, { dpop: [] }, {}])
    expect(components.securitySchemes).toMatchObject({ dpop: { scheme: 'DPoP' }, bearer: { scheme: 'Bearer' } })
    expect(components.parameters).toMatchObject({ DpopProof: { required: false } })
  })

  test('have the error codes that a guard sends, and a nonce if it needs one', () => {
    const codes = (options: OpenApiOptions) =>
      Object.entries(openApi(options).components.responses).flatMap(
        ([, { content }]) => content?.['application/json'].schema.properties.error.enum ?? [],
      )
    const sent = new Set(Object.values(failures).flatMap((rule) => ('error' in rule ? [rule.error] : [])))
    expect(new Set(codes({ freshness: 'nonce', nonce }))).toEqual(sent)
    expect(codes({})).not.toContain('use_dpop_nonce')
    const headers = (options: OpenApiOptions) =>
      Object.keys(openApi(options).components.responses.DpopUnauthorized?.headers ?? {})
    expect(headers({})).toEqual(['WWW-Authenticate'])
    expect(headers({ freshness: 'nonce', nonce })).toEqual(['WWW-Authenticate', 'DPoP-Nonce'])
  })

  test.each([
    ['nonce', true],
    ['both', true],
    ['adaptive', false],
  ] as const)('with freshness %j have a nonce in every answer: %s', (freshness, required) => {
    const { responses } = openApi({ freshness, nonce }).components
    const nonces = Object.values(responses).map(({ headers }) => headers?.['DPoP-Nonce'])
    expect(nonces).toMatchObject([{ required }, { required }, { required }, { required }])
  })

  test('take the options of a guard and of its adapter', () => {
    const options: GuardOptions = createScene().options
    expect(openApi({ ...options, onRejected: 'error', reportOnly: true, requestProperty: 'caller' })).toEqual(openApi())
  })

  test.each<[given: unknown, said: string]>([
    [{ mod: 'dpop-only' }, 'dpop-guard: unknown option "mod", did you mean "mode"?'],
    [{ mode: 'dpop' }, 'dpop-guard: "mode" must be "dpop-only" or "bearer-and-dpop", got "dpop"'],
    ['dpop-only', 'dpop-guard: "options" must be an object, got "dpop-only"'],
  ])('of %o are an error', (given, said) => {
    expect(() => openApi(mistyped(given))).toThrow(new TypeError(said))
  })
})

describe('a description', () => {
  test('keeps everything that it has', () => {
    const own = {
      security: [{ dpop: [] }],
      components: { securitySchemes: { dpop: { type: 'http', scheme: 'dpop' } }, schemas: { Order: {} } },
      paths: {
        '/orders': {
          summary: 'Orders',
          post: {
            parameters: [{ name: 'dpop', in: 'header' }],
            responses: { 200: { description: 'ok' }, 401: { description: 'mine' } },
          },
        },
      },
    }
    const before = structuredClone(own)
    const described = addGuard(own)
    expect(own).toEqual(before)
    expect(described).toMatchObject(own)
    expect(Object.keys(described.paths['/orders'].post.responses)).toEqual(['200', '400', '401', '403', '503'])
    expect(described.paths['/orders'].post.parameters).toHaveLength(1)
  })

  test.each<[what: string, guarded: boolean, operation: object]>([
    ['without security', true, {}],
    ['with the scheme', true, { security: [{ dpop: ['orders:read'] }] }],
    ['with the scheme or none', true, { security: [{}, { dpop: [] }] }],
    ['that is public', false, { security: [] }],
    ['with another scheme', false, { security: [{ apiKey: [] }] }],
  ])('has the answers for an operation %s: %s', (_, guarded, operation) => {
    const { paths } = addGuard({ paths: { '/': { get: { ...ok, ...operation } } } })
    expect('401' in paths['/'].get.responses).toBe(guarded)
    expect('parameters' in paths['/'].get).toBe(guarded)
  })

  test('without paths has the components', () => {
    expect(addGuard({})).toEqual({ components: openApi().components, security: [{ dpop: [] }], paths: {} })
  })
})
