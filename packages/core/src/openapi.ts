// For API descriptions (OpenAPI 3.0 and 3.1): the security schemes, the DPoP header and the answers of a guard. It checks
// nothing, and a guard does not need it.
import { type ErrorCode, type FailureRule, failures, type Scheme } from './failures.js'
import { readObjectOption } from './option-readers.js'
import { type GuardOptions, knownOptions } from './options.js'
import { offeredSchemes, readCredentialsOption, readModeOption } from './request/accepted-schemes.js'

/** The options of your guard that its description depends on. The other options of a guard and of its adapter may be there too. */
export type OpenApiOptions = Partial<GuardOptions> & {
  readonly onRejected?: unknown
  readonly reportOnly?: unknown
  readonly requestProperty?: unknown
}

const adapterOptions = ['onRejected', 'reportOnly', 'requestProperty']

/** A reference to a component. */
export interface OpenApiReference {
  $ref: string
}

/** A security scheme for the `Authorization` field. */
export interface OpenApiSecurityScheme {
  type: 'http'
  scheme: Scheme
  description: string
}

/** The parameter for the DPoP proof. */
export interface OpenApiParameter {
  name: 'DPoP'
  in: 'header'
  required: boolean
  description: string
  schema: { type: 'string' }
}

/** A header of an answer. */
export interface OpenApiHeader {
  description: string
  required: boolean
  schema: { type: 'string' }
}

/** The body of an answer with an error. */
export interface OpenApiErrorSchema {
  type: 'object'
  required: string[]
  properties: {
    error: { type: 'string'; enum: string[] }
    error_description: { type: 'string' }
  }
}

/** An answer of the guard. */
export interface OpenApiResponse {
  description: string
  headers?: Record<string, OpenApiHeader>
  content?: { 'application/json': { schema: OpenApiErrorSchema } }
}

/** The parts of an API description that a guard is responsible for. */
export interface OpenApiParts {
  components: {
    securitySchemes: Record<string, OpenApiSecurityScheme>
    parameters: Record<string, OpenApiParameter>
    responses: Record<string, OpenApiResponse>
  }
  /** For the whole description, or for one operation. */
  security: Record<string, string[]>[]
  /** The proof, for each guarded operation. */
  parameters: OpenApiReference[]
  /** The answers of the guard, for each guarded operation, by status. */
  responses: Record<string, OpenApiReference>
}

/** Names of the security schemes. */
const schemeNames = { DPoP: 'dpop', Bearer: 'bearer' } as const satisfies Record<Scheme, string>

/** Names and meanings of the answers, by status. */
const answers = {
  400: ['DpopInvalidRequest', 'The request or its credentials are malformed.'],
  401: [
    'DpopUnauthorized',
    'Credentials are missing or invalid. The challenge says what to send. Without credentials, there is no body.',
  ],
  403: ['DpopForbidden', 'The access token has not all scopes that are needed.'],
  503: ['DpopUnavailable', 'The credentials cannot be checked now. Try again later.'],
} as const satisfies Record<FailureRule['status'], readonly [name: string, description: string]>

/**
 * The description of a guard with these options: the same object that you pass to `dpopGuard` or `createGuard`, or its `mode`,
 * `credentials`, `freshness` and `nonce`. Valid in OpenAPI 3.0 and 3.1. Returns a new object each time. Throws a TypeError for an unknown
 * option and for an invalid `mode` or `credentials`. Does NOT check the other options.
 *
 * @example
 * const { components, security } = openApi({ mode: 'bearer-and-dpop' })
 */
export function openApi(options: OpenApiOptions = {}): OpenApiParts {
  const { mode, credentials, nonce, freshness } = readObjectOption('', options, [...knownOptions, ...adapterOptions])
  const schemes: readonly Scheme[] = offeredSchemes[readModeOption(mode)]
  const optional = readCredentialsOption(credentials) === 'optional'
  const answersWithNonce = nonce === undefined ? 'none' : freshness === 'adaptive' ? 'some' : 'all'
  const statuses = Object.keys(answers).map(Number) as FailureRule['status'][]
  return {
    components: {
      securitySchemes: Object.fromEntries(schemes.map((scheme) => [schemeNames[scheme], describeScheme(scheme)])),
      parameters: { DpopProof: describeProof(schemes.length === 1 && !optional) },
      responses: Object.fromEntries(
        statuses.map((status) => [answers[status][0], describeAnswer(status, answersWithNonce)]),
      ),
    },
    security: [...schemes.map((scheme) => ({ [schemeNames[scheme]]: [] })), ...(optional ? [{}] : [])],
    parameters: [{ $ref: '#/components/parameters/DpopProof' }],
    responses: Object.fromEntries(
      statuses.map((status) => [status, { $ref: `#/components/responses/${answers[status][0]}` }]),
    ),
  }
}

function describeScheme(scheme: Scheme): OpenApiSecurityScheme {
  const description =
    scheme === 'DPoP'
      ? 'An access token that is bound to a key of the client. Each request also needs a proof in the header DPoP (RFC 9449).'
      : 'An access token that is not bound to a key (RFC 6750).'
  return { type: 'http', scheme, description }
}

function describeProof(required: boolean): OpenApiParameter {
  const when = required ? 'A new one for each request' : 'A new one for each request with the scheme DPoP'
  return {
    name: 'DPoP',
    in: 'header',
    required,
    description: `The DPoP proof: a signed JWT (RFC 9449 section 4.2). ${when}.`,
    schema: { type: 'string' },
  }
}

function describeAnswer(status: FailureRule['status'], withNonce: 'none' | 'some' | 'all'): OpenApiResponse {
  const [, description] = answers[status]
  const codes = codesOf(status).filter((code) => withNonce !== 'none' || code !== 'use_dpop_nonce')
  const nonceHeader = {
    ...describeHeader('The nonce for the next proof (RFC 9449 section 9).'),
    required: withNonce === 'all',
  }
  const nonce = withNonce === 'none' ? {} : { 'DPoP-Nonce': nonceHeader }
  if (codes.length === 0) return { description, ...(withNonce !== 'none' && { headers: nonce }) }
  return {
    description,
    headers: {
      'WWW-Authenticate': describeHeader('The challenge of each scheme (RFC 9110 section 11.6.1).'),
      ...nonce,
    },
    content: {
      'application/json': {
        schema: {
          type: 'object',
          required: ['error', 'error_description'],
          properties: { error: { type: 'string', enum: codes }, error_description: { type: 'string' } },
        },
      },
    },
  }
}

function describeHeader(description: string): OpenApiHeader {
  return { description, required: true, schema: { type: 'string' } }
}

/** The error codes that the failure table has for this status. */
function codesOf(status: FailureRule['status']): ErrorCode[] {
  const rules: readonly FailureRule[] = Object.values(failures)
  return [...new Set(rules.flatMap((rule) => (rule.status === status ? (rule.error ?? []) : [])))]
}

/** The parts of an API description that {@link addGuard} reads. */
export interface OpenApiDocument {
  components?: object | undefined
  security?: readonly object[] | undefined
  paths?: object | undefined
}

const methods = new Set(['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'])

/**
 * Adds a guard to a whole API description, and returns a new one: the components, `security`, and for each guarded operation the
 * proof and the answers. An operation with `security: []`, or with other security schemes only, is not guarded. If the
 * description already has a component, a parameter or a response, it stays. Takes the options of {@link openApi}.
 *
 * @example
 * await app.register(swagger, { openapi, transformObject: ({ openapiObject }) => addGuard(openapiObject, options) })
 */
export function addGuard<Document extends OpenApiDocument>(document: Document, options: OpenApiOptions = {}): Document {
  const parts = openApi(options)
  const security = document.security ?? parts.security
  const components: Record<string, unknown> = { ...document.components }
  for (const [kind, ours] of Object.entries(parts.components))
    components[kind] = { ...ours, ...record(components[kind]) }
  const names = Object.keys(parts.components.securitySchemes)
  const isGuarded = (operation: Record<string, unknown>) =>
    [operation.security ?? security].flat().some((one) => names.some((name) => name in record(one)))
  const paths = mapMembers(record(document.paths), (item) =>
    mapMembers(record(item), (operation, name) =>
      methods.has(name) && isGuarded(record(operation)) ? describeOperation(record(operation), parts) : operation,
    ),
  )
  return { ...document, components, security, paths }
}

function describeOperation(operation: Record<string, unknown>, { parameters, responses }: OpenApiParts) {
  const own: unknown[] = Array.isArray(operation.parameters) ? operation.parameters : []
  const hasProof = own.some((parameter) => String(record(parameter).name).toLowerCase() === 'dpop')
  return {
    ...operation,
    parameters: hasProof ? own : [...own, ...parameters],
    responses: { ...responses, ...record(operation.responses) },
  }
}

function mapMembers(object: Record<string, unknown>, map: (value: unknown, name: string) => unknown): object {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value, name)]))
}

function record(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
}
