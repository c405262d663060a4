/** A first visit to the playground, with an empty browser context. */
import type { Browser, BrowserContextOptions, Locator, Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { startPlayground } from '../../examples/playground/playground.js'
import { launchChromium, openWatched } from '../support/chromium.js'

export interface Visit {
  readonly page: Page
  readonly origin: string
  /** Waits until a section's live region matches. Returns what it says. */
  says(section: Section, text: string | RegExp): Promise<string>
  press(name: string): Promise<void>
  /** Opens all that is folded, then chooses. */
  choose(label: string): Promise<void>
  /** Opens the steps and the parts of the page that are folded. */
  unfold(): Promise<void>
  /** Steps 1 and 3. */
  getTokens(): Promise<void>
  /** Expects one complaint of the page. Any other complaint fails the test. */
  expectComplaint(text: RegExp): void
}

type Section = 'key' | 'proof' | 'token' | 'call' | 'unbound' | 'bound' | 'editor'

export type Walk = (visit: Visit) => Promise<void>

/** One Chromium for the tests of a file. Each visit has a playground and a context of its own. */
export function useChromium(): (options: BrowserContextOptions, walk: Walk) => Promise<void> {
  let browser: Browser
  beforeAll(async () => {
    browser = await launchChromium()
  })
  afterAll(() => browser.close())

  return async (options, walk) => {
    const { origin, close } = await startPlayground()
    const { page, complaints } = await openWatched(browser, options)
    try {
      const expected: RegExp[] = []
      await page.goto(origin)
      await walk(describeVisit(page, origin, expected))
      expect(complaints()).toEqual(expected.map((text) => expect.stringMatching(text)))
    } finally {
      await page.context().close()
      close()
    }
  }
}

function describeVisit(page: Page, origin: string, expected: RegExp[]): Visit {
  const visit: Visit = {
    page,
    origin,
    async says(section, text) {
      const status = page.locator(`#${section}-status`)
      await status.filter({ hasText: text }).waitFor()
      return status.innerText()
    },
    press: (name) => page.getByRole('button', { name, exact: true }).click(),
    async choose(label) {
      await visit.unfold()
      await page.getByRole('radio', { name: label }).check()
    },
    unfold: () =>
      page.locator('.step, #choices, #all-attacks, #by-hand').evaluateAll((all) => {
        for (const details of all) details.setAttribute('open', '')
      }),
    async getTokens() {
      await visit.press('Make a key')
      await visit.press('Ask for authorization')
      await visit.press('Exchange the code')
      await visit.says('token', 'then ✓ Accepted: 200')
    },
    expectComplaint(text) {
      expected.push(text)
    },
  }
  return visit
}

/** The guard's verdict on the page: each check with its outcome. */
export async function readVerdict(within: Locator): Promise<{ outcome: string; title: string }[]> {
  await within.locator('.checks').first().waitFor({ state: 'attached' })
  return within.locator('.checks > li').evaluateAll((items) =>
    items.map((item) => ({
      outcome: item.className.replace('-', ' '),
      title: item.querySelector('.title')?.firstChild?.textContent ?? '',
    })),
  )
}
