// @ts-check

/**
 * A `fetch` that prints one line for each request with a proof, and appends the answer to the list.
 *
 * @param {string[]} answers
 * @returns {import('openid-client').CustomFetch}
 */
export function printingFetch(answers) {
  return async (url, options) => {
    const response = await fetch(url, /** @type {RequestInit} */ (options))
    const proof = new Headers(options.headers).get('DPoP')
    if (proof === null) return response
    const answer = await summarize(response.clone())
    answers.push(answer)
    const line = `${options.method} ${new URL(url).pathname}`
    console.log(`  ${line.padEnd(14)} ${describeProof(proof).padEnd(64)} ${answer}`)
    return response
  }
}

/** The claims that differ between proofs. @param {string} proof */
function describeProof(proof) {
  const [, claims = ''] = proof.split('.')
  const { jti, ath, nonce } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  return Object.entries({ jti, ath, nonce })
    .map(([name, value]) => (value === undefined ? `no ${name}` : `${name} ${value.slice(0, 8)}...`))
    .join(', ')
}

/** @param {Response} response */
async function summarize(response) {
  const challenge = response.headers.get('www-authenticate')
  const code = challenge === null ? await readError(response) : /error="([^"]+)"/.exec(challenge)?.[1]
  return code === undefined ? `${response.status}` : `${response.status} ${code}`
}

/** @param {Response} response @returns {Promise<string | undefined>} */
async function readError(response) {
  const body = /** @type {{ error?: string }} */ (await response.json())
  return body.error
}
