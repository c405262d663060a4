import type { WireRequest } from '@dpop-guard/testing/internal'
import { cut } from './exchange.js'
import { type Redaction, secretMarks } from './redaction.js'

const maxLength = 20_000

/** A shell command that sends the same request. A mark such as `$TOKEN` is left for the shell. */
export function writeCurl({ url, method, target, fields, body }: WireRequest, redaction: Redaction): string {
  const { origin, host } = new URL(url)
  const parts = ['curl -sSi --http1.1 --path-as-is -X', quote(method)]
  parts.push('-H User-Agent: -H Accept:')
  for (let index = 0; index < fields.length; index += 2) {
    const [name = '', raw = ''] = fields.slice(index, index + 2)
    if (name.toLowerCase() === 'host' && raw === host) continue
    const value = redaction.request(name, raw)
    // curl removes a field that ends in a colon, and sends one that ends in a semicolon without a value.
    parts.push(`-H ${quote(value.trim() === '' ? `${name};` : `${name}: ${value}`)}`)
  }
  if (body.length > 0) {
    // curl adds a type, and --data-binary reads the file that a body with @ in front names.
    if (!fields.some((name, index) => index % 2 === 0 && /^content-type$/i.test(name))) parts.push('-H Content-Type:')
    parts.push(`--data-raw ${quote(redaction.requestBody(body))}`)
  }
  const shown = redaction.text(target)
  const plain = shown.startsWith('/') && !/[#\s]/.test(shown)
  parts.push(plain ? quote(origin + shown) : `--request-target ${quote(shown)} ${quote(`${origin}/`)}`)
  return cut(parts.join(' '), maxLength)
}

/** For a POSIX shell; a control character needs `$'...'` of bash and zsh. */
function quote(text: string): string {
  if (/^[\w./:@%+=-]+$/.test(text)) return text
  const controls = /[^\x20-\x7e]/
  const pieces = text.split(new RegExp(`(${secretMarks.source})`)).map((piece, index) => {
    if (index % 2 === 1) return `"${piece}"`
    if (piece === '') return ''
    if (!controls.test(piece)) return `'${piece.replaceAll("'", `'\\''`)}'`
    const escaped = piece.replace(/[\\']/g, '\\$&').replace(/[^\x20-\x7e]/g, escapeCharacter)
    return `$'${escaped}'`
  })
  return pieces.join('') || "''"
}

function escapeCharacter(character: string): string {
  return [...Buffer.from(character, 'latin1')].map((byte) => `\\x${byte.toString(16).padStart(2, '0')}`).join('')
}
