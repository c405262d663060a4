import { escapeText } from './html/html.js'

/** Replaces access tokens and other secrets in what a report shows. */
export interface Redaction {
  /** Hides this token from now on. `changed` is one that the audit made for an invalid request. */
  hide(token: string, kind?: 'good' | 'changed'): void
  /** A target, or another part of a request. */
  text(text: string): string
  /** A field of a request. */
  request(name: string, value: string): string
  requestBody(body: Uint8Array): string
  /** A field of an answer. */
  answer(name: string, value: string): string
  /** Any other part of an answer. It may repeat a part of the request. */
  answerText(text: string): string
  /** What an answer has of a secret that it cut off or broke. For the beginning of an answer, without whole secrets. */
  answerPieces(text: string): string
  /** The body of an accepted request may hold data of the API. */
  acceptedBody(body: Buffer): string
}

/** What stands for a secret, or for a part of it. A shell can replace them. */
export const secretMarks = /\$(?:TOKEN|CHANGED_TOKEN|CLAIMS|SIGNATURE|QUERY|BODY)\b/

/** Shorter parts of a token occur by chance, and reveal nothing. */
const shortestPart = 16
const shortestToken = { good: 6, changed: 32 }
const shortestOwnPart = 6

/**
 * An answer may cut off what it repeats. From so many characters in a row, it is a piece of a secret. Shorter ones reveal at most 15
 * characters: 90 of the 512 bits of a signature of ES256. In error answers without a token, 6 characters never matched by chance.
 */
const longestPieceShown = 16 - 1

/** Of an opaque token, which may be short, at most a third is shown. */
const pieceLength = (secret: string) => Math.min(longestPieceShown + 1, Math.max(6, Math.floor(secret.length / 3)))

/** What the user adds to every request. It may hold secrets that the audit cannot know. */
export interface OwnParts {
  /** Names and values of fields in turn. */
  readonly fields: readonly string[]
  /** Without the question mark. */
  readonly query: string
  readonly body: Uint8Array
}

/** `shown` hides nothing. */
export function createRedaction(secrets: 'hidden' | 'shown', { fields, query, body }: OwnParts): Redaction {
  const own = new Set(pairsOf(fields).map(([name]) => name.toLowerCase()))
  // Whole tokens are replaced before parts of others, because a changed token has the parts of a good one.
  const tokens = new Map<string, string>()
  const parts = new Map<string, string>()
  if (secrets === 'shown') {
    const same = (_name: string, value: string) => value
    const text = (text: string) => text
    const requestBody = (body: Uint8Array) => Buffer.from(body).toString('latin1')
    const acceptedBody = (body: Buffer) => body.toString()
    return {
      hide() {},
      text,
      request: same,
      requestBody,
      answer: same,
      answerText: text,
      answerPieces: text,
      acceptedBody,
    }
  }
  const text = (text: string) => {
    let shown = query === '' ? text : text.replaceAll(`?${query}`, '?$QUERY')
    // The newest is the most likely one.
    for (const [secret, mark] of [...[...tokens].reverse(), ...parts]) shown = replace(shown, secret, mark)
    return shown
  }
  const ownBody = Buffer.from(body)
  const ownParts = longestFirst([...partsOfQuery(query), ...partsOfFields(fields), ...partsOfBody(ownBody.toString())])
  const piecesOfOwn = ownParts.filter(({ length }) => length > longestPieceShown).map((part) => piecesOf(part))
  const piecesOfTokens = new Map<string, Pieces>()
  const answerText = (answer: string) =>
    ownParts.reduce((shown, part) => replace(shown, part, '(hidden)'), text(answer))
  return {
    hide(token, kind = 'good') {
      const [, claims = '', signature = ''] = token.split('.')
      if (claims.length >= shortestPart) keep(parts, claims, '$CLAIMS')
      if (signature.length >= shortestPart) keep(parts, signature, '$SIGNATURE')
      if (token.length < shortestToken[kind]) return
      for (const form of formsOf(token)) {
        keep(tokens, form, kind === 'good' ? '$TOKEN' : '$CHANGED_TOKEN')
        keep(piecesOfTokens, form, piecesOfTokens.get(form) ?? piecesOf(secretPartOf(form)))
      }
    },
    text,
    request: (name, value) => (own.has(name.toLowerCase()) ? '(hidden)' : text(value)),
    requestBody(body) {
      return ownBody.length > 0 && ownBody.equals(body) ? '$BODY' : text(Buffer.from(body).toString('latin1'))
    },
    answer: (name, value) => (/^set-cookie2?$/i.test(name) ? '(hidden)' : answerText(value)),
    answerText,
    answerPieces: (answer) => hidePieces(answer, [...piecesOfTokens.values(), ...piecesOfOwn]),
    acceptedBody: (body) => (body.length === 0 ? '' : '(hidden)'),
  }
}

/** A mark has a dollar sign, which a replacement string would read as a pattern. */
const replace = (text: string, secret: string, mark: string) => text.replaceAll(secret, () => mark)

/** The header of a JWT is no secret, and the proofs of a client begin with the same. */
const secretPartOf = (token: string) => (token.startsWith('eyJ') ? token.slice(token.indexOf('.') + 1) : token)

interface Pieces {
  readonly length: number
  /** Each piece of this length. */
  readonly all: ReadonlySet<string>
}

function piecesOf(secret: string): Pieces {
  const length = pieceLength(secret)
  const count = Math.max(secret.length - length + 1, 0)
  return { length, all: new Set(Array.from({ length: count }, (_, start) => secret.slice(start, start + length))) }
}

function hidePieces(text: string, secrets: readonly Pieces[]): string {
  let shown = ''
  let from = 0
  for (let start = 0; start < text.length; start += 1) {
    let end = endOfPiece(text, start, secrets)
    if (end === undefined) continue
    // The next piece may overlap this one, or follow it.
    for (let next = start + 1; next <= end; next += 1) end = Math.max(end, endOfPiece(text, next, secrets) ?? 0)
    shown += `${text.slice(from, start)}(hidden)`
    from = end
    start = end - 1
  }
  return shown + text.slice(from)
}

function endOfPiece(text: string, start: number, secrets: readonly Pieces[]): number | undefined {
  const found = secrets.find(({ length, all }) => all.has(text.slice(start, start + length)))
  return found === undefined ? undefined : start + found.length
}

/** A part of another one comes after it. */
const longestFirst = (parts: readonly string[]) =>
  [...new Set(parts)]
    .filter(({ length }) => length >= shortestOwnPart)
    .flatMap(formsOf)
    .sort((one, other) => other.length - one.length)

/** As a server writes it: as it is, in a URL, in JSON (PHP escapes slashes too), in HTML. */
function formsOf(text: string): string[] {
  // A lone surrogate has no form in a URL.
  const url = encodeURIComponent(Buffer.from(text).toString())
  const json = JSON.stringify(text).slice(1, -1)
  return [...new Set([text, url, json, json.replaceAll('/', '\\/'), escapeText(text)])]
}

/** The query as a server may repeat it: as a whole, or each value of it, decoded or not. */
function partsOfQuery(query: string): string[] {
  const raw = query.split('&').map((pair) => pair.slice(pair.indexOf('=') + 1))
  const decoded = [...new URLSearchParams(query)].map(([name, value]) => (value === '' ? name : value))
  return [query, ...raw, ...decoded]
}

/** What answers have too: formats and the server itself. */
const withoutSecrets = /^(?:accept(?:-.*)?|content-type|host|origin|user-agent)$/i

/** Whole values, and each part of one: a cookie, or credentials without their scheme. */
function partsOfFields(fields: readonly string[]): string[] {
  return pairsOf(fields).flatMap(([name, value]) =>
    withoutSecrets.test(name) ? [] : [value, ...value.split(/[\s,;="]+/)],
  )
}

function pairsOf(fields: readonly string[]): [name: string, value: string][] {
  return fields.flatMap((name, index): [string, string][] => (index % 2 === 0 ? [[name, fields[index + 1] ?? '']] : []))
}

/** The whole body, and each value of JSON or of a form. */
function partsOfBody(body: string): string[] {
  try {
    return [body.trim(), ...valuesOf(JSON.parse(body))]
  } catch {
    return [body.trim(), ...partsOfQuery(body)]
  }
}

function valuesOf(json: unknown): string[] {
  return typeof json === 'object' && json !== null ? Object.values(json).flatMap(valuesOf) : [String(json)]
}

/** Each request has a few tokens of its own. */
const maxKept = 30

function keep<Value>(marks: Map<string, Value>, secret: string, mark: Value): void {
  marks.delete(secret)
  marks.set(secret, mark)
  for (const oldest of marks.keys()) {
    if (marks.size <= maxKept) return
    marks.delete(oldest)
  }
}
