import { isIPv6 } from 'node:net'
import { CheckFailed } from '../check-failed.js'
import type { RequestFields } from './fields.js'

/** The parts of `uri-host [ ":" port ]` (RFC 9110 section 7.2), as the client sent them. */
export interface Authority {
  /** Undefined for a name or an IPv4 address. */
  readonly ipv6: string | undefined
  readonly name: string
  readonly port: string
}

/** A name has at most 255 characters (RFC 3986 section 3.2.2), a port five. */
const maxLength = 300

const pattern = /^(?:\[([\da-f:.]+)\]|([\w.~-]+))(?::(\d*))?$/i

/** Does NOT check that the port is small enough. */
export function parseAuthority(text: string): Authority | undefined {
  if (text.length > maxLength) return undefined
  const [matched, ipv6, name = '', port = ''] = pattern.exec(text) ?? []
  if (matched === undefined || (ipv6 !== undefined && !isIPv6(ipv6))) return undefined
  return { ipv6, name, port }
}

/**
 * RFC 9112 section 3.2, RFC 9113 section 8.3.1: one host, well-formed. Node accepts a repeated, malformed or contradicting
 * `Host`, and a handler behind the guard may read it.
 */
export function checkHost({ host, authority }: RequestFields): void {
  const named = host[0] ?? authority[0]
  if (named === undefined) return
  const repeated = host.length > 1 || authority.length > 1
  const [also = named] = authority
  const agree = also === named || (isHostValue(also) && also.toLowerCase() === named.toLowerCase())
  if (repeated || !agree || !isHostValue(named)) {
    const expected = repeated ? 'one host' : isHostValue(named) ? named : 'uri-host [ ":" port ]'
    throw new CheckFailed('host_malformed', { name: 'Host', expected: [expected], received: [...host, ...authority] })
  }
}

/** Whether this can be the value of a Host field. */
function isHostValue(value: string): boolean {
  return parseAuthority(value) !== undefined
}
