/** The report of an audit, in a real browser: a server's answers must not do anything there. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { writeHtmlReport } from '../../packages/inspect/src/audit/html/html-report.js'
import { hostileReport } from '../support/audit-report.js'
import { chromiumIsMissing, launchChromium, openWatched, skippedWithoutChromium } from '../support/chromium.js'

describe.skipIf(chromiumIsMissing !== undefined)(`the report of an audit${skippedWithoutChromium}`, () => {
  let browser: Browser
  let directory: string
  let url: string

  beforeAll(async () => {
    browser = await launchChromium()
    directory = await mkdtemp(join(tmpdir(), 'dpop-guard-'))
    const file = join(directory, 'report.html')
    await writeFile(file, writeHtmlReport(hostileReport))
    url = pathToFileURL(file).href
  })

  afterAll(async () => {
    await browser?.close()
    await rm(directory, { recursive: true, force: true })
  })

  const sizes = { desktop: { width: 1280, height: 900 }, phone: { width: 360, height: 740 } }

  test.each(
    Object.entries(sizes).flatMap(([name, viewport]) =>
      (['light', 'dark'] as const).map((colorScheme) => ({ name, viewport, colorScheme })),
    ),
  )('asks for nothing, runs nothing and fits on a $name in $colorScheme', async ({ viewport, colorScheme }) => {
    const { page } = await openWatched(browser, { viewport, colorScheme })
    const seen: string[] = []
    page.on('request', (request) => seen.push(request.url()))
    page.on('console', (message) => seen.push(message.text()))
    await page.goto(url)
    expect(await page.title()).toMatch(/^DPoP audit of GET /)
    expect(seen).toEqual([url])
    const wide = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)
    expect(wide).toBeLessThanOrEqual(0)

    const rows = page.locator('details.row')
    expect(await rows.count()).toBe(5)
    await page.getByText('Holes', { exact: true }).last().click()
    expect(await rows.locator('visible=true').count()).toBeGreaterThan(0)
    const visible = page.locator('details.row:visible')
    expect(await visible.count()).toBe(1)
    await visible.locator('summary').first().click()
    expect(await visible.locator('pre').first().isVisible()).toBe(true)

    // A square shows its exchange, even if the filter would hide it.
    await page.locator('.matrix a.info').click()
    expect(await page.locator('details.row.info pre').first().isVisible()).toBe(true)
    expect(seen).toEqual([url])
    await page.context().close()
  })
})
