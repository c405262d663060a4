// @ts-check
// A bare socket. Requests are bytes: whole, in pieces, or several at once. Answers come in the order of the requests.
import { connect } from 'node:net'

/** @typedef {Awaited<ReturnType<typeof openConnection>>} Connection */
/** @typedef {{ status: number, fields: Map<string, string>, head: string, body: string }} Answer */

/** Milliseconds after which a missing answer is an error. */
const patience = 20_000

/** @param {number} port */
export async function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
  // A server may reset a connection after its answer. Data from before the reset counts.
  socket.on('error', () => {})
  await new Promise((resolve) => void socket.once('connect', resolve).once('close', resolve))
  let received = ''
  let wake = () => {}
  socket.on('data', (chunk) => {
    received += chunk
    wake()
  })
  socket.on('close', () => wake())

  /** @template Found @param {() => Found | undefined} find @returns {Promise<Found | undefined>} */
  async function waitFor(find) {
    const deadline = setTimeout(() => socket.destroy(new Error('no answer')), patience)
    try {
      for (;;) {
        const found = find()
        if (found !== undefined || socket.closed) return found
        await new Promise((/** @type {(value?: unknown) => void} */ resolve) => {
          wake = resolve
        })
      }
    } finally {
      clearTimeout(deadline)
    }
  }

  return {
    /** @param {string} text */
    write: (text) => void socket.write(text, 'latin1'),

    /** The next answer; undefined if the connection ends before it is complete. @returns {Promise<Answer | undefined>} */
    async next() {
      const found = await waitFor(() => readAnswer(received))
      received = received.slice(found?.length ?? 0)
      return found?.answer
    },

    /** The part of an answer that has arrived, if its head is complete. @returns {Promise<Answer | undefined>} */
    beginning: () => waitFor(() => readHead(received)?.answer),

    /** Resets the connection without closing it. */
    reset: () => void socket.resetAndDestroy(),
    close: () => void socket.destroy(),
  }
}

/** @param {string} text */
function readHead(text) {
  const end = text.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const head = text.slice(0, end)
  const [, status, fieldLines = ''] = /^HTTP\/1\.1 (\d{3})[^\r]*((?:\r\n[^\r]+)*)$/.exec(head) ?? []
  if (status === undefined) throw new Error(`malformed answer ${JSON.stringify(head)}`)
  const fields = fieldLines.split('\r\n').slice(1)
  const pairs = fields.map((line) => /** @type {[string, string]} */ (splitField(line)))
  const answer = { status: Number(status), fields: new Map(pairs), head, body: '' }
  return { answer, length: end + 4 }
}

/** @param {string} line */
function splitField(line) {
  const colon = line.indexOf(':')
  return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()]
}

/** Undefined while the answer is not complete. @param {string} text @returns {{ answer: Answer, length: number } | undefined} */
function readAnswer(text) {
  const found = readHead(text)
  if (found === undefined) return undefined
  const { answer, length } = found
  const rest = text.slice(length)
  if (answer.fields.get('transfer-encoding') === 'chunked') {
    const chunks = readChunks(rest)
    return chunks && { answer: { ...answer, body: chunks.body }, length: length + chunks.length }
  }
  const bodyLength = Number(answer.fields.get('content-length') ?? 0)
  if (rest.length < bodyLength) return undefined
  return { answer: { ...answer, body: rest.slice(0, bodyLength) }, length: length + bodyLength }
}

/** Decodes the chunks of an answer without trailers. @param {string} text */
function readChunks(text) {
  let body = ''
  for (let start = 0; ; ) {
    const lineEnd = text.indexOf('\r\n', start)
    if (lineEnd === -1) return undefined
    const size = Number.parseInt(text.slice(start, lineEnd), 16)
    const end = lineEnd + 2 + size + 2
    if (text.length < end) return undefined
    if (size === 0) return { body, length: end }
    body += text.slice(lineEnd + 2, end - 2)
    start = end
  }
}
