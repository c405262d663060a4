/** A real Chromium, with a record of everything that its pages do. */
import { mkdir } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { type Browser, type BrowserContextOptions, type ConsoleMessage, chromium, type Page } from 'playwright-core'
import { findBinary } from './find-binary.js'

const binary = findBinary('chromium')

/** Why these tests cannot run here. Undefined if they can. CI must have Chromium. */
export const chromiumIsMissing =
  binary === undefined ? 'no chromium on this machine (Debian: apt-get install chromium)' : undefined
if (chromiumIsMissing !== undefined && process.env.CI === 'true') throw new Error(chromiumIsMissing)

/** For the title of a suite. */
export const skippedWithoutChromium = chromiumIsMissing === undefined ? '' : `, skipped: ${chromiumIsMissing}`

/** Playwright gives up after 30 seconds, which a busy machine may need. The time limit of a test is longer than this. */
const patience = 200_000

/** Has its own profile. All names resolve to this machine, or not at all. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: binary ?? '',
    timeout: patience,
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost',
    ],
  })
}

export interface WatchedPage {
  readonly page: Page
  /** Errors, messages on the console and requests to other machines so far. A page should have none. */
  complaints(): string[]
}

/** Opens a page in a new context, without cookies and storage. */
export async function openWatched(browser: Browser, options: BrowserContextOptions): Promise<WatchedPage> {
  const context = await browser.newContext(options)
  context.setDefaultTimeout(patience)
  const page = await context.newPage()
  const messages: ConsoleMessage[] = []
  const others: string[] = []
  const rejected: string[] = []
  page.on('console', (message) => messages.push(message))
  page.on('pageerror', (error) => others.push(`uncaught ${error.stack}`))
  context.on('request', (request) => {
    if (!isLoopback(request.url())) others.push(`request to ${request.url()}`)
  })
  context.on('response', (response) => {
    if (response.status() >= 400) rejected.push(describeRejection(response.status(), response.url()))
  })
  return {
    page,
    complaints() {
      // Chromium reports each response of 400 and above as an error of the page. These are left out.
      const unreported = [...rejected]
      const unexplained = messages.filter((message) => {
        const status = /^Failed to load resource: the server responded with a status of (\d+) /.exec(
          message.text(),
        )?.[1]
        const index = unreported.indexOf(describeRejection(Number(status), message.location().url))
        if (index !== -1) unreported.splice(index, 1)
        return index === -1
      })
      return [
        ...others,
        ...unexplained.map((message) => `${message.type()}: ${message.text()} ${message.location().url}`),
      ]
    },
  }
}

const describeRejection = (status: number, url: string) => `${status} ${url}`

function isLoopback(url: string): boolean {
  return ['127.0.0.1', 'localhost'].includes(new URL(url).hostname)
}

/** Saves a screenshot for people, in a folder that git ignores. */
export async function keepScreenshot(page: Page, name: string): Promise<void> {
  const folder = fileURLToPath(new URL('../../.tmp/screenshots/', import.meta.url))
  await mkdir(folder, { recursive: true })
  await page.screenshot({ path: `${folder}${name}.png`, fullPage: true })
}
