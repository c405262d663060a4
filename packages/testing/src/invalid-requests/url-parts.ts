import { targetOf, type ValidRequest } from './mutation.js'

/** What other URLs are made of. */
export interface UrlParts {
  readonly url: string
  readonly scheme: string
  /** Name, and port if there is one. */
  readonly host: string
  readonly name: string
  /** Begins with a slash. */
  readonly path: string
  readonly origin: string
  readonly otherScheme: string
}

export function partsOf(url: string): UrlParts {
  const [, scheme = '', host = '', path = ''] = /^(https?):\/\/([^/]+)(\/.*)?$/.exec(url) ?? []
  const name = host.replace(/:\d+$/, '')
  const otherScheme = scheme === 'https' ? 'http' : 'https'
  return { url, scheme, host, name, path: path || '/', origin: `${scheme}://${host}`, otherScheme }
}

/** A path of which a letter is in the other case, or which has another letter where it has none. In an escape, case means nothing. */
export const otherCase = (path: string) => {
  const changed = path.replace(/(?<!%[\da-f]?)[a-z]/i, (letter) =>
    letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase(),
  )
  return changed === path ? `${path}x` : changed
}

/** The path of a valid request's target. */
export const pathOf = (valid: ValidRequest): string => targetOf(valid).replace(/\?.*$/s, '')

/** Behind a path, whether or not it ends in a slash. */
export const below = (path: string, segments: string): string => `${path.replace(/\/$/, '')}/${segments}`
