import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { type AddressInfo, createServer as createTcpServer, type Server, type Socket } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { sendRequest } from './raw-http.js'

let close = () => {}
afterEach(() => close())

async function listen(server: Server): Promise<number> {
  const sockets = new Set<Socket>()
  server.on('connection', (socket) => sockets.add(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  close = () => {
    server.close()
    for (const socket of sockets) socket.destroy()
  }
  return (server.address() as AddressInfo).port
}

const serve = (listener: RequestListener) => listen(createHttpServer({ requireHostHeader: false }, listener))

/** Sends its answer as soon as a request arrives. */
const reply = (text: string, then: 'close' | 'reset' | 'stay-open') =>
  listen(
    createTcpServer((socket) => {
      socket.on('error', () => {})
      socket.once('data', () => {
        socket.write(text, 'latin1', () => {
          if (then === 'close') socket.end()
          if (then === 'reset') socket.resetAndDestroy()
        })
      })
    }),
  )

const get = (port: number) => sendRequest({ port, method: 'GET', target: '/', headers: ['Host', 'a'] })

describe('the request', () => {
  const echo = () =>
    serve(async (request, response) => {
      let body = ''
      for await (const chunk of request) body += chunk
      const { method, url, rawHeaders } = request
      response.end(JSON.stringify({ method, url, rawHeaders, body }))
    })

  test('goes out byte for byte', async () => {
    const server = createTcpServer((socket) => {
      socket.on('data', (bytes) => {
        const body = bytes.toString('hex')
        socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${body.length}\r\n\r\n${body}`)
      })
    })
    const port = await listen(server)
    const headers = ['b ', ' x\x00', 'B', '\xff\x7f', 'connection', '']
    const { body } = await sendRequest({ port, method: 'g\x01', target: '/\xe9 \\', headers, body: '\xe9' })
    expect(Buffer.from(body, 'hex').toString('latin1')).toBe(
      'g\x01 /\xe9 \\ HTTP/1.1\r\nb :  x\x00\r\nB: \xff\x7f\r\nconnection: \r\nContent-Length: 2\r\n\r\n\xc3\xa9',
    )
  })

  test('shows Node repeated fields and an absolute-form target', async () => {
    const port = await echo()
    const headers = ['Host', 'a', 'hOST', 'b', 'DPoP', '1', 'DPoP', '2', 'Authorization', 'x', 'Authorization', '\xff']
    const response = await sendRequest({ port, method: 'REPORT', target: 'http://evil.example/%00', headers })
    expect(JSON.parse(response.body)).toEqual({
      method: 'REPORT',
      url: 'http://evil.example/%00',
      rawHeaders: [...headers, 'Connection', 'close'],
      body: '',
    })
  })

  test('gets a Content-Length for its body, unless the list decides', async () => {
    const port = await echo()
    const post = async (headers: string[], body: string | Buffer) => {
      const response = await sendRequest({ port, method: 'POST', target: '/', headers, body })
      return JSON.parse(response.body)
    }
    expect(await post([], '\xe9')).toMatchObject({
      rawHeaders: ['Connection', 'close', 'Content-Length', '2'],
      body: '\xe9',
    })
    expect(await post(['content-length', '1', 'connection', 'close'], Buffer.from('a'))).toMatchObject({
      rawHeaders: ['content-length', '1', 'connection', 'close'],
      body: 'a',
    })
    expect(await post(['Transfer-Encoding', 'chunked'], '3\r\nabc\r\n0\r\n\r\n')).toMatchObject({
      rawHeaders: ['Transfer-Encoding', 'chunked', 'Connection', 'close'],
      body: 'abc',
    })
  })

  test('reaches the parser of Node with a control character in it', async () => {
    const port = await echo()
    const response = await sendRequest({ port, method: 'GET', target: '/', headers: ['A', 'b\x00c'] })
    expect(response.status).toBe(400)
  })

  test('is rejected when it cannot be sent exactly', async () => {
    const request = { port: 1, method: 'GET', target: '/' }
    await expect(sendRequest({ ...request, headers: ['A', '\u0100'] })).rejects.toThrow('must be latin1')
    await expect(sendRequest({ ...request, headers: ['A'] })).rejects.toThrow('flat list of names and values')
  })
})

describe('the response', () => {
  test('keeps its fields as received', async () => {
    const port = await reply('HTTP/1.1 200 OK\r\nA:  b\xff \r\na: c\r\nContent-Length: 0\r\n\r\n', 'stay-open')
    const response = await get(port)
    expect(response.rawHeaders).toEqual(['A', 'b\xff', 'a', 'c', 'Content-Length', '0'])
    expect([response.header('A'), response.header('b')]).toEqual([['b\xff', 'c'], []])
  })

  test('has a body of Content-Length bytes, on a connection that stays open too', async () => {
    const port = await reply('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc', 'stay-open')
    expect((await get(port)).body).toBe('abc')
  })

  test('has a chunked body', async () => {
    const port = await serve((_, response) => {
      response.write('x'.repeat(100_000))
      response.write('\xe9')
      response.end('last')
    })
    const response = await get(port)
    expect(response.header('transfer-encoding')).toEqual(['chunked'])
    expect(response.body).toBe(`${'x'.repeat(100_000)}\xe9last`)
  })

  test('has a chunked body with extensions and trailers', async () => {
    const chunks = '2;x=y\r\nab\r\nA\r\n0\r\n\r\n01234\r\n0\r\nDigest: z\r\n\r\n'
    const port = await reply(`HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n${chunks}`, 'stay-open')
    expect((await get(port)).body).toBe('ab0\r\n\r\n01234')
  })

  test.each(['close', 'reset'] as const)('has a body that ends with the connection: %s', async (then) => {
    const port = await reply('HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\nabc', then)
    expect(await get(port)).toMatchObject({ status: 400, body: 'abc' })
  })

  test.each([
    ['HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n', 200],
    ['CONNECT', 'HTTP/1.1 200 OK\r\n\r\n', 200],
    ['GET', 'HTTP/1.1 204 No Content\r\n\r\n', 204],
    ['GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 3\r\n\r\n', 304],
    ['GET', 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n', 101],
  ])('to %s has no body where HTTP has none: %j', async (method, text, status) => {
    const port = await reply(text, 'stay-open')
    const response = await sendRequest({ port, method, target: '/', headers: [] })
    expect(response).toMatchObject({ status, body: '' })
  })

  test('is the final one', async () => {
    const port = await serve((_, response) => {
      response.writeContinue()
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.end('done')
    })
    expect(await get(port)).toMatchObject({ status: 200, body: 'done' })
  })

  test.each([
    ['no response', '', 'connection closed before the response was complete'],
    ['half a head', 'HTTP/1.1 200 OK\r\nA: b\r\n', 'connection closed'],
    ['a short body', 'HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab', 'connection closed'],
    ['an open chunked body', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n', 'connection closed'],
    ['another protocol', 'SSH-2.0\r\n\r\n', 'malformed status line'],
    ['a folded field', 'HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'malformed field line'],
    ['a bare line feed', 'HTTP/1.1 200 OK\r\nA: b\nC: d\r\n\r\n', 'malformed field line'],
    ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nContent-Length: 0\r\n\r\n', 'ambiguous body length'],
    ['no number as length', 'HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n', 'malformed Content-Length'],
    ['a coding', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n', 'unknown transfer coding'],
    ['a chunk size', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n', 'malformed chunk size'],
    ['a long chunk', 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc\r\n', 'chunk longer than its size'],
  ])('is an error when it is broken: %s', async (_name, text, message) => {
    await expect(get(await reply(text, 'close'))).rejects.toThrow(message)
  })

  test('is an error when it does not come in time', async () => {
    const port = await reply('HTTP/1.1 200 OK\r\n', 'stay-open')
    const request = { port, method: 'GET', target: '/', headers: [], timeoutSeconds: 0.05 }
    await expect(sendRequest(request)).rejects.toThrow('no complete response within 0.05 s')
  })

  test('is an error when no server listens', async () => {
    const port = await reply('', 'close')
    close()
    await expect(get(port)).rejects.toThrow('ECONNREFUSED')
  })
})
