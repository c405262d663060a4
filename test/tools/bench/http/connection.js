// @ts-check
// One keep-alive connection, one request at a time. A client library is more expensive than the measured servers, so it would
// limit them.
import { once } from 'node:events'
import { connect } from 'node:net'

/** @typedef {Awaited<ReturnType<typeof openConnection>>} Connection */

const headEnd = '\r\n\r\n'

/** @param {number} port */
export async function openConnection(port) {
  const socket = connect({ port, host: '127.0.0.1', noDelay: true }).setEncoding('latin1')
  await once(socket, 'connect')
  let received = ''
  let resolve = /** @param {number} _status */ (_status) => {}
  let reject = /** @param {Error} _error */ (_error) => {}
  socket.on('data', (chunk) => {
    received += chunk
    const status = readStatus(received)
    if (status === undefined) return
    received = ''
    resolve(status)
  })
  socket.on('error', (error) => reject(error))
  socket.on('close', () => reject(new Error('the server closed a connection')))
  return {
    /** Resolves the status of the answer. @param {string} text @returns {Promise<number>} */
    ask(text) {
      return new Promise((onStatus, onError) => {
        resolve = onStatus
        reject = onError
        socket.write(text, 'latin1')
      })
    },
    close: () => void socket.destroy(),
  }
}

/** The status of a complete answer. @param {string} text */
function readStatus(text) {
  const end = text.indexOf(headEnd)
  if (end === -1) return undefined
  const [, length] = /\r\ncontent-length: (\d+)/i.exec(text) ?? []
  if (length === undefined) throw new Error('an answer without Content-Length')
  if (text.length < end + headEnd.length + Number(length)) return undefined
  return Number(text.slice(9, 12))
}
