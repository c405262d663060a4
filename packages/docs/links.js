// @ts-check
// Links and anchors of the built site that lead nowhere. Addresses of other hosts are not visited.
import { LinkChecker, LinkState } from 'linkinator'

/**
 * @param {string} folder the built site
 * @returns {Promise<string[]>} one line for each broken link
 */
export async function findBrokenLinks(folder) {
  const { links } = await new LinkChecker().check({
    path: '.',
    serverRoot: folder,
    recurse: true,
    checkFragments: true,
    cleanUrls: true,
    // The build makes the scripts and their names, so they are not visited. Nor are other hosts.
    linksToSkip: async (link) => !/^http:\/\/localhost:/.test(link) || link.includes('/assets/'),
    retryErrors: true,
    retryErrorsCount: 5,
  })
  const broken = links.filter(({ state }) => state === LinkState.BROKEN)
  return [...new Set(broken.map(({ url, parent, status }) => `${parent} -> ${url} (${status})`))]
}
