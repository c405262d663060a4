/** Records the playground as an animated picture. `npm run record` puts it where the README shows it. */
import { mkdir, stat, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { applyPalette, GIFEncoder, quantize } from 'gifenc'
import { PNG } from 'pngjs'
import { describe, expect, test } from 'vitest'
import { chromiumIsMissing, skippedWithoutChromium } from '../support/chromium.js'
import { useChromium } from './visit.js'

const pathOf = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const shown = pathOf('.github/playground.gif')
const size = { width: 800, height: 620 }
const secondsPerPicture = 1.6
const maxBytes = 400 * 1024

describe.skipIf(chromiumIsMissing)(`a recording of the playground${skippedWithoutChromium}`, () => {
  const visit = useChromium()

  test('is made by a walk with the one button that leads on, and is small', () =>
    visit({ viewport: size, reducedMotion: 'reduce', colorScheme: 'light' }, async ({ page, says }) => {
      const pictures: Buffer[] = []
      const next = page.locator('#next')
      const steps = ['make', 'sign', 'ask', 'exchange', 'send', 'without DPoP', 'with DPoP', 'protect', 'picture']
      for (const step of steps) {
        await next.filter({ hasText: step }).waitFor()
        if (step === 'with DPoP') await says('unbound', 'You are in')
        if (step === 'protect') await says('bound', 'useless')
        pictures.push(await page.screenshot())
        await next.click()
      }
      pictures.push(await page.screenshot())

      const recording = encode(pictures)
      expect(recording.length).toBeLessThan(maxBytes)
      const file = process.env.RECORD === 'README' ? shown : pathOf('.tmp/screenshots/playground.gif')
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, recording)
    }))
})

test('the README has a recording that is small', async () => {
  expect((await stat(shown)).size).toBeLessThan(maxBytes)
})

function encode(pictures: readonly Buffer[]): Uint8Array {
  const encoder = GIFEncoder()
  for (const picture of pictures) {
    const { data, width, height } = PNG.sync.read(picture)
    const palette = quantize(data, 64)
    const delay = secondsPerPicture * 1000
    encoder.writeFrame(applyPalette(data, palette), width, height, { palette, delay })
  }
  encoder.finish()
  return encoder.bytes()
}
