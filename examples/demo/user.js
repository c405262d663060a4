// @ts-check

/** The authorization server redirects a browser here when the user has to log in or to consent. */
export const interactionPath = '/interaction/'

/**
 * Does what the user would do: logs alice in, and consents to everything that the client asks for. It shows no page; the browser is
 * redirected at once.
 *
 * @param {any} provider of oidc-provider, which has no types
 * @param {import('node:http').IncomingMessage} request
 * @param {import('node:http').ServerResponse} response
 */
export async function approve(provider, request, response) {
  const accountId = 'alice'
  const { params } = await provider.interactionDetails(request, response)
  const grant = new provider.Grant({ accountId, clientId: params.client_id })
  for (const resource of [params.resource].flat()) grant.addResourceScope(resource, params.scope)
  const result = { login: { accountId }, consent: { grantId: await grant.save() } }
  await provider.interactionFinished(request, response, result)
}
