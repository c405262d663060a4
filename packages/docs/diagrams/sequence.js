// @ts-check
// Draws a sequence diagram as an SVG that needs no script, no font file and no style sheet, so that it renders in every place.

/**
 * @typedef {{ from: number, to: number, text: string, detail?: string, kind?: 'good' | 'bad' }} Arrow
 * @typedef {{ at: number, note: string }} Note
 * @typedef {{ title: string, actors: string[], steps: (Arrow | Note)[] }} Sequence
 */

const width = 800
const margin = 94
/** Keeps letters readable where they cross the line of an actor. */
const edge = '#fff'
const colours = { plain: '#1f2937', good: '#0f766e', bad: '#b91c1c' }

/** @param {string} text */
const escapeXml = (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')

/** @param {Sequence} sequence */
export function drawSequence({ title, actors, steps }) {
  const gap = (width - 2 * margin) / (actors.length - 1)
  const x = (/** @type {number} */ actor) => margin + actor * gap
  const parts = []
  let y = 66
  for (const step of steps) {
    if ('note' in step) {
      const boxWidth = Math.max(120, step.note.length * 7.2 + 24)
      const left = Math.min(Math.max(x(step.at) - boxWidth / 2, 8), width - boxWidth - 8)
      parts.push(
        `<rect x="${left}" y="${y}" width="${boxWidth}" height="30" rx="6" fill="#fef3c7" stroke="#d97706"/>`,
        label(left + boxWidth / 2, y + 20, step.note, { colour: '#78350f' }),
      )
      y += 50
    } else {
      const colour = colours[step.kind ?? 'plain']
      const direction = step.to > step.from ? 1 : -1
      const middle = (x(step.from) + x(step.to)) / 2
      parts.push(label(middle, y + 10, step.text, { colour, edge, weight: step.kind === undefined ? 400 : 600 }))
      if (step.detail !== undefined)
        parts.push(label(middle, y + 27, step.detail, { colour: '#4b5563', edge, family: 'monospace', size: 12 }))
      y += step.detail === undefined ? 20 : 37
      const end = x(step.to) - direction * 3
      parts.push(
        `<path d="M${x(step.from)} ${y}H${end}" stroke="${colour}" stroke-width="2"/>`,
        `<path d="M${end} ${y}l${-direction * 9} -5v10z" fill="${colour}"/>`,
      )
      y += 26
    }
  }
  const height = y + 10
  const lines = actors.flatMap((name, index) => [
    `<path d="M${x(index)} 50V${height - 12}" stroke="#9ca3af" stroke-dasharray="4 4"/>`,
    `<rect x="${x(index) - 84}" y="14" width="168" height="36" rx="8" fill="#eef2ff" stroke="#4f46e5"/>`,
    label(x(index), 37, name, { colour: '#312e81', weight: 600 }),
  ])
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" aria-label="${escapeXml(title)}">`,
    `<title>${escapeXml(title)}</title>`,
    `<rect width="${width}" height="${height}" rx="12" fill="#fff"/>`,
    ...lines,
    ...parts,
    '</svg>\n',
  ].join('\n')
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {{ colour: string, weight?: number, family?: string, size?: number, edge?: string }} style
 */
function label(x, y, text, { colour, weight = 400, family = 'system-ui, sans-serif', size = 14, edge = 'none' }) {
  return `<text x="${x}" y="${y}" text-anchor="middle" font-family="${family}" font-size="${size}" font-weight="${weight}" fill="${colour}" stroke="${edge}" stroke-width="4" paint-order="stroke">${escapeXml(text)}</text>`
}
