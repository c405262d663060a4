import { readBounded } from './bounded-body.js'
import type { Display } from './display.js'
import { explainAnswer } from './explain-answer.js'
import { painter, type Terminal } from './terminal.js'

const maxBodyBytes = 10 * 1024 * 1024

/** Writes status, fields and body. What goes into a pipe or a file is the body's own bytes; a person gets text. */
export async function writeAnswer(response: Response, terminal: Terminal, display: Display): Promise<void> {
  const { stdout, stderr } = terminal
  const { status, statusText, headers } = response
  const paint = painter(terminal)
  stdout.write(`${paint('bold', `${status} ${display.text(statusText)}`)}\n`)
  for (const [name, value] of headers) stdout.write(`${name}: ${display.text(value)}\n`)
  stdout.write('\n')
  const { bytes, cut } = await readBounded(response, maxBodyBytes)
  stdout.write(stdout.isTTY === true ? display.text(bytes.toString('utf8')) : bytes)
  if (bytes.length > 0) stdout.write('\n')
  if (cut) stderr.write(`the body is longer than ${maxBodyBytes} bytes: the rest of it is cut off\n`)
  const explained = explainAnswer(response)
  if (explained !== undefined) stderr.write(`\n${paint('yellow', display.text(explained))}\n`)
}
