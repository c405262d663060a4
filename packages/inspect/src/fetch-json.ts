import { readBounded } from './bounded-body.js'
import { isShallow, tooDeep } from './nesting.js'
import { withinSeconds } from './time-limit.js'

const maxBytes = 1024 * 1024

const timeoutSeconds = 10

/** Gets a JSON document. Follows no redirect, reads at most 1 MiB and waits for at most 10 s. Its errors show nothing of it. */
export function fetchJson(url: string): Promise<unknown> {
  return withinSeconds(timeoutSeconds, url, async (signal) => {
    const response = await fetch(url, { headers: { accept: 'application/json' }, redirect: 'manual', signal })
    const { status } = response
    if (status !== 200) {
      await response.body?.cancel()
      const why = status >= 300 && status < 400 ? ', and redirects are not followed' : ''
      throw new Error(`${url} answers ${status}${why}`)
    }
    const { bytes, cut } = await readBounded(response, maxBytes)
    if (cut) throw new Error(`${url} is longer than ${maxBytes} bytes`)
    return parseJson(url, bytes.toString('utf8'))
  })
}

/** The parser's own message quotes what it reads, which may be a token, or a file that nobody meant. */
export function parseJson(source: string, text: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new Error(`${source} is not JSON`)
  }
  if (!isShallow(value)) throw new Error(`${source} is ${tooDeep}`)
  return value
}
