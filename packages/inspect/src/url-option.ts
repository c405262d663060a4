import { isLoopback, parseHttpUrl } from './http-url.js'
import { UsageError } from './terminal.js'

/** The URL that a person typed for `name`. Where it is none, the error shows the form that is wanted, and no password. */
export function readUrl(name: string, text: string): URL {
  const url = parseHttpUrl(text)
  if (url === undefined) throw new UsageError(`${name} has to be a whole URL, ${complete(text)}`)
  if (url.username !== '' || url.password !== '') {
    throw new UsageError(`${name} has a user name or a password in it: leave them out`)
  }
  return url
}

const host = /^(?:localhost|(?:[a-z\d-]{1,63}\.)+[a-z\d-]{1,63}|\[[\da-f:]+\])(?::\d+)?(?=\/|$)/i

/** The text with a scheme, if that is what it lacks. Else an example, for it may be anything, an access token too. */
function complete(text: string): string {
  const [whole = ''] = text.split(/[?#]/, 1)
  const address = whole.replace(/^(?:[a-z]+:)?\/\//i, '')
  const url = parseHttpUrl(`https://${address}`)
  if (url === undefined || !host.test(address) || address.startsWith('eyJ')) {
    return 'such as https://api.example.com/orders'
  }
  return isLoopback(url) ? url.href.replace('https:', 'http:') : url.href
}
