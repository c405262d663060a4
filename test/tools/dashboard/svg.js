// @ts-check
// Draws panels with lines.

/** @typedef {{ name: string, points: [time: number, value: number][] }} Series */
/** @typedef {{ x: number, y: number, w: number, h: number }} Place in the grid of Grafana, which has 24 columns */
/** @typedef {{ title: string, gridPos: Place, fieldConfig: { defaults: { unit: string, min?: number } }, series: Series[] }} Panel */
/** @typedef {{ start: number, end: number }} Range in seconds */

const column = 46
const row = 30
const margin = 16
const colors = ['#7eb26d', '#eab839', '#6ed0e0', '#ef843c', '#e24d42', '#1f78c1', '#ba43a9', '#b7b7b7']
const units = /** @type {Record<string, (value: number) => string>} */ ({
  reqps: (value) => `${short(value)}/s`,
  s: (value) => `${short(value)} s`,
  percentunit: (value) => `${short(value * 100)} %`,
})

const short = (/** @type {number} */ value) => String(Number(value.toPrecision(2)))
const escapeXml = (/** @type {string} */ text) => text.replace(/&/g, '&amp;').replace(/</g, '&lt;')

/** @param {string} title @param {Panel[]} panels @param {Range} range */
export function drawDashboard(title, panels, range) {
  const height = Math.max(...panels.map(({ gridPos: { y, h } }) => y + h)) * row + 40
  const width = 24 * column
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="sans-serif" font-size="11">
<title>${escapeXml(title)}</title>
<rect width="${width}" height="${height}" fill="#111217"/>
<text x="${margin}" y="26" fill="#d8d9da" font-size="16">${escapeXml(title)}</text>
${panels.map((panel) => drawPanel(panel, range)).join('\n')}
</svg>
`
}

/** @param {Panel} panel @param {Range} range */
function drawPanel({ title, gridPos, fieldConfig: { defaults }, series }, { start, end }) {
  const left = gridPos.x * column + 6
  const top = gridPos.y * row + 42
  const [width, height] = [gridPos.w * column - 12, gridPos.h * row - 8]
  const plot = { left: left + 54, top: top + 30, width: width - 66, height: height - 78 }
  const values = series.flatMap(({ points }) => points.map(([, value]) => value).filter(Number.isFinite))
  const low = defaults.min ?? Math.min(0, ...values)
  const high = Math.max(...values, low + 0.01) * 1.05
  const format = units[defaults.unit] ?? short
  const x = (/** @type {number} */ time) => plot.left + ((time - start) / (end - start)) * plot.width
  const y = (/** @type {number} */ value) => plot.top + plot.height - ((value - low) / (high - low)) * plot.height
  const lines = [0, 1, 2, 3].map((part) => low + ((high - low) * part) / 3)
  const hours = [0, 1, 2, 3, 4, 5, 6].map((hour) => start + hour * 3600)
  let next = plot.left
  const legend = series.map(({ name }, index) => {
    const at = next
    next += name.length * 5.9 + 27
    return `<rect x="${at.toFixed(0)}" y="${top + height - 20}" width="12" height="3" fill="${colorOf(index)}"/><text x="${(at + 17).toFixed(0)}" y="${top + height - 15}">${escapeXml(name)}</text>`
  })
  return `<g fill="#a0a2a8"><rect x="${left}" y="${top}" width="${width}" height="${height}" rx="2" fill="#181b1f" stroke="#2c3235"/>
<text x="${left + 10}" y="${top + 18}" fill="#d8d9da" font-size="13">${escapeXml(title)}</text>
${lines.map((value) => `<path d="M${plot.left} ${y(value).toFixed(1)}h${plot.width}" stroke="#2c3235"/><text x="${plot.left - 6}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${format(value)}</text>`).join('\n')}
${hours.map((time) => `<text x="${x(time).toFixed(1)}" y="${plot.top + plot.height + 16}" text-anchor="middle">${new Date(time * 1000).toISOString().slice(11, 16)}</text>`).join('')}
${series.map(({ points }, index) => `<path d="${pathOf(points, x, y)}" fill="none" stroke="${colorOf(index)}" stroke-width="1.5"/>`).join('\n')}
${legend.join('\n')}</g>`
}

const colorOf = (/** @type {number} */ index) => colors[index % colors.length]

/**
 * A gap of more than two minutes ends a line.
 *
 * @param {[number, number][]} points @param {(time: number) => number} x @param {(value: number) => number} y
 */
function pathOf(points, x, y) {
  let before = Number.NEGATIVE_INFINITY
  return points
    .filter(([, value]) => Number.isFinite(value))
    .map(([time, value]) => {
      const command = time - before > 120 ? 'M' : 'L'
      before = time
      return `${command}${x(time).toFixed(1)} ${y(value).toFixed(1)}`
    })
    .join('')
}
