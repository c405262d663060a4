import { isSecureUrl } from '@dpop-guard/core/internal'
import { readUrlOption } from './option-values.js'
import { UsageError } from './terminal.js'

/** Whether a URL names this machine. */
export function isOnThisMachine({ host }: URL): boolean {
  return isSecureUrl(`http://${host}`)
}

/** Throws unless secrets may be sent there. */
export function checkDestination(name: string, text: string, insecure: boolean): URL {
  const url = readUrlOption(name, text)
  if (url.protocol === 'http:' && !isOnThisMachine(url) && !insecure) {
    throw new UsageError(`to ${url.origin}, the access token would go unencrypted: use https, or add --insecure-http`)
  }
  return url
}
