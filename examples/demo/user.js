// @ts-check

/** Where the authorization server sends a browser that has to show its user something. */
export const interactionPath = '/interaction/'

/**
 * Stands for the user: alice is logged in, and consents to whatever a client asks for. No page is shown; the browser is sent on
 * at once.
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
