import { IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import { writeHeaders } from '@dpop-guard/core/plugin'
import { describe, expect, test } from 'vitest'

const lateHeaders = { 'dpop-nonce': 'n1', 'cache-control': 'no-store' }

/** A response of Node, and what its `writeHead` was called with. */
function createResponse() {
  const response = new ServerResponse(new IncomingMessage(new Socket()))
  const calls: unknown[][] = []
  const writeHead = (...parts: unknown[]) => {
    calls.push(parts)
    return response
  }
  response.writeHead = writeHead
  return { response, calls, writeHead }
}

const writeHeadWith = (response: ServerResponse, ...parts: unknown[]) =>
  Reflect.apply(response.writeHead, response, parts)

test('late headers replace those that the handler set before it writes the head', () => {
  const { response, calls } = createResponse()
  writeHeaders({ headers: { 'x-early': '1' }, lateHeaders }, response)
  expect(response.getHeaders()).toEqual({ 'x-early': '1' })
  response.setHeader('Cache-Control', 'public')
  writeHeadWith(response, 200, 'Fine')
  expect(response.getHeaders()).toEqual({ 'x-early': '1', ...lateHeaders })
  expect(calls).toEqual([[200, 'Fine']])
})

describe('late headers replace those that the handler passes to writeHead', () => {
  test.each<[form: string, given: unknown, written: unknown]>([
    ['an object', { 'Cache-Control': 'public', 'X-Own': '1' }, { 'X-Own': '1', ...lateHeaders }],
    [
      'a flat list',
      ['Cache-Control', 'public', 'X-Own', 'dpop-nonce', 'DPoP-Nonce', 'n0'],
      ['X-Own', 'dpop-nonce', ...Object.entries(lateHeaders).flat()],
    ],
    [
      'a list of pairs',
      [
        ['Cache-Control', 'public'],
        ['X-Own', '1'],
      ],
      ['X-Own', '1', ...Object.entries(lateHeaders).flat()],
    ],
    ['an empty list', [], Object.entries(lateHeaders).flat()],
  ])('as %s', (_, given, written) => {
    const { response, calls } = createResponse()
    writeHeaders({ headers: {}, lateHeaders }, response)
    response.setHeader('Cache-Control', 'public')
    writeHeadWith(response, 200, 'Fine', given)
    expect(calls).toEqual([[200, 'Fine', written]])
    expect(response.getHeaders()).toEqual({})
  })
})

test.each([undefined, null])('writeHead may be passed %s for headers', (given) => {
  const { response, calls } = createResponse()
  writeHeaders({ headers: {}, lateHeaders }, response)
  writeHeadWith(response, 200, given)
  expect(response.getHeaders()).toEqual(lateHeaders)
  expect(calls).toEqual([[200, given]])
})

test.each([
  ['undefined', undefined],
  ['empty', {}],
])('a response keeps its own writeHead where the late headers are %s', (_, none) => {
  const { response, writeHead } = createResponse()
  writeHeaders({ headers: {}, lateHeaders: none }, response)
  expect(response.writeHead).toBe(writeHead)
})

describe('of several guards on one response', () => {
  const write = (...each: (Record<string, string> | undefined)[]) => {
    const { response, calls } = createResponse()
    for (const late of each) writeHeaders({ headers: {}, lateHeaders: late }, response)
    response.setHeader('Cache-Control', 'public')
    writeHeadWith(response, 200)
    expect(calls).toEqual([[200]])
    return response.getHeaders()
  }
  const other = { 'dpop-nonce': 'n2', 'cache-control': 'no-store' }

  test('the last one with a nonce counts', () => {
    expect(write(lateHeaders, other)).toEqual(other)
    expect(write(lateHeaders, other, undefined)).toEqual(other)
  })

  test('one that rejects without a nonce removes those of earlier guards', () => {
    expect(write(lateHeaders, {})).toEqual({ 'cache-control': 'public' })
  })
})

test('a framework that collects headers elsewhere has the early ones there', () => {
  const { response } = createResponse()
  const collected = createResponse().response
  writeHeaders({ headers: { 'x-early': '1' }, lateHeaders }, response, collected)
  expect(collected.getHeaders()).toEqual({ 'x-early': '1' })
  writeHeadWith(response, 200)
  expect(response.getHeaders()).toEqual(lateHeaders)
})
