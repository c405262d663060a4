// @ts-check
import { element } from './element.js'

/** @typedef {Record<string, string>} Headers */
/** @typedef {{ method: string, url: string, headers: Headers, body?: URLSearchParams }} Request */
/** @typedef {{ status: number, headers: Headers, body: string }} Response the parts of a response that a page can read */
/** @typedef {{ request: Request, response: Response }} Exchange */

/** Sends a request. Returns the request and the response. @param {Request} request @returns {Promise<Exchange>} */
export async function exchange(request) {
  const { method, url, headers, body } = request
  const response = await fetch(url, {
    method,
    headers,
    body: body ?? null,
    cache: 'no-store',
    credentials: 'omit',
    redirect: 'error',
    referrerPolicy: 'no-referrer',
  })
  return {
    request,
    response: { status: response.status, headers: Object.fromEntries(response.headers), body: await response.text() },
  }
}

/** The error code of a failed exchange. APIs send it in the challenge, the token endpoint sends it in the body. @param {Response} response */
export function errorCode({ headers, body }) {
  const challenge = headers['www-authenticate']
  if (challenge !== undefined) return /error="([^"]+)"/.exec(challenge)?.[1]
  return headers['content-type']?.startsWith('application/json') ? JSON.parse(body).error : undefined
}

/** The outcome in a sign, a word and a colour. @param {Response} response */
export function outcomeView(response) {
  const accepted = response.status < 300
  const text = `${accepted ? '✓ Accepted' : '✗ Rejected'}: ${summarize(response)}`
  return element('strong', { class: accepted ? 'good' : 'bad' }, text)
}

/** The outcomes of several exchanges. The same one several times is one. @param {Exchange[]} exchanges */
export function outcomesView(exchanges) {
  /** @type {{ response: Response, times: number }[]} */
  const runs = []
  for (const { response } of exchanges) {
    const last = runs.at(-1)
    if (last !== undefined && summarize(last.response) === summarize(response)) last.times += 1
    else runs.push({ response, times: 1 })
  }
  return runs.flatMap(({ response, times }, index) => [
    index === 0 ? '' : ', then ',
    outcomeView(response),
    times === 1 ? '' : ` (${times} times)`,
  ])
}

/** The status and the error code. @param {Response} response */
export function summarize(response) {
  const { status } = response
  if (status < 300) return `${status}`
  return `${status} ${errorCode(response) ?? 'without an error code'}`
}
