// @ts-check
import { listenForApis } from './apis.js'
import { startAuthorizationServer } from './authorization-server.js'
import { startAttacker, startClient } from './client.js'
import { rawRequest } from './raw-request.js'
import { report, summarize } from './report.js'
import { planTries } from './tries.js'

/** Prints what a client and an attacker get from three APIs. Returns true if every answer was as expected. */
export async function runDemo() {
  const apis = await listenForApis()
  const authorizationServer = await startAuthorizationServer({ resources: apis.map(({ origin }) => origin) })

  try {
    const { issuer } = authorizationServer
    for (const { server, createApi, origin } of apis) {
      server.on('request', await createApi({ guard: { issuer, resource: origin } }))
    }

    const client = await startClient(authorizationServer)
    const attacker = await startAttacker()
    console.log(`authorization server  ${issuer}`)
    console.log(`protected resources   ${apis.map(({ name, origin }) => `${name} ${origin}`).join(', ')}`)
    console.log(`client's key          ${client.thumbprint} (RFC 7638 thumbprint)\n`)

    const outcomes = await Promise.all(
      apis.map(async ({ origin: resource }, index) => {
        const otherResource = apis[(index + 1) % apis.length]?.origin ?? ''
        const tries = await planTries({ client, attacker, resource, otherResource })
        const outcome = []
        for (const { sent, method = 'GET', headers, expected } of tries) {
          outcome.push({ sent, expected, answer: summarize(await rawRequest(method, `${resource}/orders`, headers)) })
        }
        return outcome
      }),
    )
    const [first = []] = outcomes
    const rows = first.map(({ sent, expected }, row) => ({
      sent,
      expected,
      answers: outcomes.map((outcome) => outcome[row]?.answer ?? ''),
    }))

    return report(
      apis.map(({ name }) => name),
      rows,
    )
  } finally {
    for (const { close } of [authorizationServer, ...apis]) close()
  }
}
