import { privateMembers } from '@dpop-guard/core'
import { decodeJwt } from '../../jwt.js'
import type { RecordedExchange } from '../exchange.js'
import { Html, html } from './html.js'

type Fields = RecordedExchange['request']['fields']

const lines = (fields: Fields) => fields.map(([name, value]) => `${name}: ${value}\n`).join('')

/** One request and its answer, as they were on the wire. */
export function exchangeView(exchange: RecordedExchange, index: number, count: number): Html {
  const { request, answer, problem, milliseconds, curl } = exchange
  const { method, target, fields, body } = request
  const title = count === 1 ? 'Request' : `Request ${index + 1} of ${count}`
  return html`<h4>${title}</h4>
<pre>${`${method} ${target} HTTP/1.1\n${lines(fields)}${body === '' ? '' : `\n${body}`}`}</pre>
${proofsOf(fields)}
<h4>Answer <span class="soft">after ${milliseconds} ms</span></h4>
<pre>${answer === undefined ? (problem ?? 'none') : answerText(answer)}</pre>
<h4>With curl</h4>
<pre>${curl}</pre>
`
}

/** Header and payload of each proof that can be decoded. Nothing of them is verified. */
function proofsOf(fields: Fields): Html[] {
  return fields.flatMap(([name, value]) => {
    const proof = name.toLowerCase() === 'dpop' ? decodeJwt(value) : undefined
    if (proof === undefined) return []
    const text = [proof.header, proof.payload].map((part) => JSON.stringify(part, hidePrivate, 1)).join('\n')
    return [html`<details><summary>The proof, decoded</summary><pre>${text}</pre></details>`]
  })
}

const hidePrivate = (name: string, value: unknown) => (privateMembers.includes(name) ? '(hidden)' : value)

function answerText({ status, statusText, fields, body, bodyBytes }: NonNullable<RecordedExchange['answer']>): string {
  const shown = body === '' && bodyBytes > 0 ? '(hidden)' : body
  return `HTTP/1.1 ${status} ${statusText}\n${lines(fields)}${bodyBytes === 0 ? '' : `\n${shown}`}`
}

const maxExchanges = 3

/** The first ones, and the one that decided. */
export function exchangesView(exchanges: readonly RecordedExchange[]): Html {
  const left = exchanges.length - maxExchanges
  const shown = exchanges.flatMap((exchange, index) =>
    index < maxExchanges - 1 || index === exchanges.length - 1 ? [exchangeView(exchange, index, exchanges.length)] : [],
  )
  return html`${shown}${left > 0 ? html`<p class="soft">${left} more like these.</p>` : Html.trusted('')}`
}
