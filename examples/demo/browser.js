// @ts-check

/**
 * Does what the user's browser would do: follows redirects, with cookies, until one leads back to the program. Returns the URL of
 * that redirect.
 *
 * @param {URL} url
 * @param {string} redirectUri
 */
export async function visit(url, redirectUri) {
  /** @type {Map<string, string>} */
  const cookies = new Map()
  let next = url
  while (!next.href.startsWith(`${redirectUri}?`)) {
    const cookie = Array.from(cookies, ([name, value]) => `${name}=${value}`).join('; ')
    const { status, headers } = await fetch(next, { headers: { cookie }, redirect: 'manual' })
    const location = headers.get('location')
    if (location === null) throw new Error(`no redirect from ${next.pathname}: ${status}`)
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      cookies.set(name, value)
    }
    next = new URL(location, next)
  }
  return next
}
