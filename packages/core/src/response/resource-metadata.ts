import { isScopeToken } from '../access-token/scopes.js'
import {
  conflictingOptions,
  hiddenOption,
  invalidOption,
  listOf,
  missingOption,
  readObjectOption,
  readStringsOption,
} from '../option-readers.js'
import { isHttpUrl, isIssuerIdentifier } from '../request/target-uri.js'

/** Members of the resource metadata document that do not follow from the guard's other options. */
export interface ResourceMetadataOptions {
  /** The scopes that clients can ask for: `scopes_supported`. Default: `requiredScopes`. */
  scopesSupported?: readonly string[] | undefined
  /** The URLs of the authorization servers: `authorization_servers`. Default: the issuers in `issuer`. */
  authorizationServers?: readonly string[] | undefined
  /** Any other members of RFC 9728 section 2, such as `resource_name`, `resource_documentation`, `jwks_uri`. */
  additional?: Readonly<Record<string, unknown>> | undefined
}

/** The Protected Resource Metadata document of one guard (RFC 9728). */
export interface ResourceMetadata {
  /** The URL of the document, as challenges name it. */
  readonly url: string
  /** The path of that URL: the target of requests for the document. */
  readonly path: string
  /** The document, as JSON. */
  readonly body: string
}

interface DerivedFrom {
  readonly resource: string
  /** Undefined if they are not known at start. */
  readonly issuers: readonly string[] | undefined
  readonly requiredScopes: readonly string[]
  readonly algorithms: Iterable<string>
  readonly mode: 'dpop-only' | 'bearer-and-dpop'
}

const derivedMembers = [
  'resource',
  'authorization_servers',
  'scopes_supported',
  'bearer_methods_supported',
  'dpop_signing_alg_values_supported',
  'dpop_bound_access_tokens_required',
]

const wellKnown = '/.well-known/oauth-protected-resource'

/** Reads the option `resourceMetadata`. Throws a TypeError if the document would be invalid. */
export function readResourceMetadataOption(value: unknown, derived: DerivedFrom): ResourceMetadata | undefined {
  if (value === undefined) return undefined
  const { scopesSupported, authorizationServers, additional } = readObjectOption('resourceMetadata', value, [
    'scopesSupported',
    'authorizationServers',
    'additional',
  ] satisfies (keyof ResourceMetadataOptions)[])
  const { resource, issuers = [], requiredScopes, algorithms, mode } = derived
  if (authorizationServers === undefined && !(derived.issuers?.every(isHttpUrl) ?? false)) {
    throw missingOption(
      'resourceMetadata.authorizationServers',
      derived.issuers === undefined
        ? 'the URLs of the authorization servers, because a function as "issuer" does not list them'
        : 'the URLs of the authorization servers, because an issuer is not a URL that clients can ask',
    )
  }
  const members = {
    ...readAdditionalOption(additional),
    resource,
    authorization_servers: readListOption('authorizationServers', authorizationServers, issuers, isIssuerIdentifier),
    scopes_supported: readListOption('scopesSupported', scopesSupported, requiredScopes, isScopeToken),
    bearer_methods_supported: ['header'],
    dpop_signing_alg_values_supported: [...algorithms],
    dpop_bound_access_tokens_required: mode === 'dpop-only',
  }
  // RFC 9728 section 3.2: members without values are omitted.
  const present = Object.entries(members).filter(([, member]) => !Array.isArray(member) || member.length > 0)
  return { ...locate(resource), body: writeJson(Object.fromEntries(present)) }
}

/** RFC 9728 section 3.1: the well-known path goes between host and path. */
function locate(resource: string): { url: string; path: string } {
  const parts = /^(https?:\/\/[^/?#]+)(\/[^?#]*)?$/i.exec(resource)
  if (parts === null) throw conflictingOptions('resourceMetadata', '"resource" to be an http(s) URL without query')
  const [, origin = '', resourcePath = ''] = parts
  const path = `${wellKnown}${resourcePath === '/' ? '' : resourcePath}`
  return { url: `${origin}${path}`, path }
}

function writeJson(members: object): string {
  try {
    return JSON.stringify(members)
  } catch (error) {
    throw hiddenOption('resourceMetadata.additional', 'an object that JSON can express', 'an error', { cause: error })
  }
}

function readListOption(
  name: string,
  value: unknown,
  fallback: readonly string[],
  isValid: (item: string) => boolean,
): readonly string[] {
  if (value === undefined) return fallback
  const list = listOf(value)
  if (list === undefined) throw invalidOption(`resourceMetadata.${name}`, value, 'a list')
  return list.length === 0
    ? []
    : readStringsOption(`resourceMetadata.${name}`, value, 'a list of valid strings', isValid)
}

function readAdditionalOption(value: unknown): object {
  if (value === undefined) return {}
  if (typeof value !== 'object' || value === null || listOf(value) !== undefined) {
    throw invalidOption('resourceMetadata.additional', value, 'an object')
  }
  const additional = copyMembers(value)
  const derived = Object.keys(additional).find((member) => derivedMembers.includes(member))
  if (derived !== undefined) {
    throw conflictingOptions(
      'resourceMetadata.additional',
      `"${derived}" to be left out, which follows from other options`,
    )
  }
  return additional
}

function copyMembers(value: object): object {
  try {
    return { ...value }
  } catch (error) {
    throw hiddenOption('resourceMetadata.additional', 'readable', 'an error', { cause: error })
  }
}
