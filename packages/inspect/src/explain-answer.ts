import { type ErrorCode, errorCodes } from '@dpop-guard/core'

const advice: Record<ErrorCode, string> = {
  invalid_request:
    'The request is malformed: look at Authorization, the path and Host, and whether a proxy repeats a field.',
  invalid_token:
    'The server does not take the access token. Is it expired, for another resource (aud), of another issuer, or bound to another key than --key?',
  insufficient_scope: 'The token is good, but lacks a scope. Ask for one that has all of these.',
  insufficient_user_authentication: 'The token is good, but its user has to log in again, or in a better way.',
  invalid_dpop_proof:
    'The server does not take the proof. If it is public under another URL than this one, say so with --htu. Its own log has the reason: NODE_DEBUG=dpop-guard.',
  use_dpop_nonce:
    'The server asked for a nonce, got its newest one and asked again: do its instances have different secrets, or does its nonce live too short?',
}

/** What an answer means, and what to do, in plain words. Undefined where nothing went wrong. */
export function explainAnswer({ status, headers }: Response): string | undefined {
  if (status < 400) return explainRedirect(status, headers.get('location'))
  const challenge = headers.get('www-authenticate')
  if (challenge === null) return explainStatus(status)
  if (!/\bDPoP\b/i.test(challenge)) {
    return 'The server asks for another scheme than DPoP, so it has no guard, or something in front of it answers.'
  }
  const error = parameterOf(challenge, 'error')
  if (error === undefined) {
    return 'The server wants an access token under the scheme DPoP, and saw none that it reads. Give --token-file.'
  }
  const details = ['error_description', 'scope', 'acr_values', 'max_age', 'algs', 'resource_metadata'].flatMap(
    (name) => {
      const value = parameterOf(challenge, name)
      return value === undefined ? [] : `  ${name}: ${value}`
    },
  )
  const known = Object.values(errorCodes).find((code) => code === error)
  return [known === undefined ? `The server says ${error}.` : advice[known], ...details].join('\n')
}

function explainRedirect(status: number, location: string | null): string | undefined {
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return undefined
  return `A redirect is not followed, for a proof is good for one URL. If that one is the server's, ask it: ${location}`
}

function explainStatus(status: number): string | undefined {
  if (status === 503) {
    return 'The server cannot decide now: its key set or its replay store is away. Token and proof may be good; try again.'
  }
  return status === 401
    ? 'Rejected without a challenge: that is not a DPoP resource server, or a proxy ate it.'
    : undefined
}

/** Of all challenges together: those of one answer do not contradict each other. */
export function parameterOf(challenge: string, name: string): string | undefined {
  const [, quoted, token] = new RegExp(`(?:^|[ ,])${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^ ,]+))`).exec(challenge) ?? []
  return quoted?.replace(/\\(.)/g, '$1') ?? token
}
