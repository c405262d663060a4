import { loggable } from '../loggable-error.js'
import { invalidOption, listOf, missingOption } from '../option-readers.js'
import type { GuardRequest } from './fields.js'
import { isSecureUrl, type PublicBase, splitUri } from './target-uri.js'

/** The value that a `publicUrl` function returns: one base URL, a list, or undefined if the request is not served here. */
export type PublicUrl = string | readonly string[] | undefined

/** Finds the public URLs of a request, by a `publicUrl` function. */
export type PublicBasesOf = (request: GuardRequest) => Promise<readonly PublicBase[]>

const baseUrl = 'a base URL: https (http only on a loopback host), with no query and fragment'

/** Reads the option `publicUrl`. Its default is the origin of `resource`. */
export function readPublicUrlOption(value: unknown, resource: string): readonly PublicBase[] | PublicBasesOf {
  if (typeof value === 'function') {
    return async (request) => {
      const found: unknown = await value(request)
      try {
        return readPublicBasesOption('publicUrl()', found)
      } catch (error) {
        // The value may hold a secret, and the message of the cause shows it.
        throw loggable(new TypeError(`publicUrl() must return ${baseUrl}`, { cause: error }))
      }
    }
  }
  if (value === undefined) return [baseOfResource(resource)]
  const bases = readPublicBasesOption('publicUrl', value)
  if (bases.length === 0) throw invalidOption('publicUrl', value, baseUrl)
  return bases
}

function baseOfResource(resource: string): PublicBase {
  if (!/^https?:/i.test(resource)) {
    throw missingOption('publicUrl', 'where clients find this API, because "resource" is not an http(s) URL')
  }
  const base = parsePublicBase(resource.replace(/\?.*$/s, ''))
  if (base === undefined) throw invalidOption('resource', resource, 'an https URL (http only on a loopback host)')
  return { origin: base.origin, prefix: '' }
}

function readPublicBasesOption(name: string, value: unknown): readonly PublicBase[] {
  if (value === undefined) return []
  const urls = listOf(value) ?? [value]
  return urls.map((url) => {
    const base = typeof url === 'string' ? parsePublicBase(url) : undefined
    if (base === undefined) throw invalidOption(name, url, baseUrl)
    return base
  })
}

/**
 * Parses a public base URL from the configuration. Undefined unless it is an https URL, or http on a loopback host (RFC 9449
 * section 2), without query and fragment.
 */
export function parsePublicBase(url: string): PublicBase | undefined {
  const parts = /[?#]/.test(url) || !isSecureUrl(url) ? undefined : splitUri(url)
  if (parts === undefined) return undefined
  return { origin: parts.origin, prefix: parts.path.replace(/\/$/, '') }
}
