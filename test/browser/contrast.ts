/**
 * Returns the strings of a page whose contrast to their background is below `least` (WCAG 2.2, 1.4.3). It runs in the page, so it
 * imports nothing.
 */
export function findPoorContrast(least: number): string[] {
  const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true })

  /** A colour in any notation of CSS. */
  function toBytes(color: string): readonly [number, number, number, number] {
    if (canvas === null) throw new Error('no canvas')
    canvas.clearRect(0, 0, 1, 1)
    canvas.fillStyle = color
    canvas.fillRect(0, 0, 1, 1)
    const [red = 0, green = 0, blue = 0, alpha = 0] = canvas.getImageData(0, 0, 1, 1).data
    return [red, green, blue, alpha]
  }

  function luminance(color: string): number {
    const [red, green, blue] = toBytes(color)
    const linear = (byte: number) => (byte <= 10 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  function background(element: Element | null): string {
    if (element === null) return 'Canvas'
    const { backgroundColor } = getComputedStyle(element)
    return toBytes(backgroundColor)[3] === 255 ? backgroundColor : background(element.parentElement)
  }

  const poor = new Set<string>()
  const textNodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = textNodes.nextNode(); node !== null; node = textNodes.nextNode()) {
    const { parentElement: element } = node
    if (element === null || node.textContent?.trim() === '' || !element.checkVisibility()) continue
    const [light = 0, dark = 0] = [luminance(getComputedStyle(element).color), luminance(background(element))].sort(
      (one, other) => other - one,
    )
    const contrast = (light + 0.05) / (dark + 0.05)
    if (contrast < least)
      poor.add(`${contrast.toFixed(2)} ${element.tagName}.${element.className}: ${node.textContent}`)
  }
  return [...poor]
}
