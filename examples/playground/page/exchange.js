// @ts-check
/** @typedef {Record<string, string>} Headers */
/** @typedef {{ method: string, url: string, headers: Headers, body?: URLSearchParams }} Request */
/** @typedef {{ status: number, headers: Headers, body: string }} Response what a page may see of a response */
/** @typedef {{ request: Request, response: Response }} Exchange */

/** Sends a request, and keeps both sides. @param {Request} request @returns {Promise<Exchange>} */
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

/** The error code of a failed exchange: an API has it in the challenge, a token endpoint in the body. @param {Response} response */
export function errorCode({ headers, body }) {
  const challenge = headers['www-authenticate']
  if (challenge !== undefined) return /error="([^"]+)"/.exec(challenge)?.[1]
  return headers['content-type']?.startsWith('application/json') ? JSON.parse(body).error : undefined
}

/** In a few words. @param {Response} response */
export function summarize(response) {
  const { status } = response
  if (status < 300) return `${status}`
  return `${status} ${errorCode(response) ?? 'without an error code'}`
}
