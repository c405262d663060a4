/** Replaces access tokens and other secrets in what a report shows. */
export interface Redaction {
  /** Hides this token from now on. `changed` is one that the audit made for an invalid request. */
  hide(token: string, kind?: 'good' | 'changed'): void
  text(text: string): string
  /** A field of a request. */
  request(name: string, value: string): string
  /** A field of an answer. */
  answer(name: string, value: string): string
  /** The body of an accepted request may hold data of the API. */
  acceptedBody(body: Buffer): string
}

/** What stands for a secret, or for a part of it. A shell can replace them. */
export const secretMarks = /\$(?:TOKEN|CHANGED_TOKEN|CLAIMS|SIGNATURE)\b/

/** Shorter parts of a token occur by chance, and reveal nothing. */
const shortestPart = 16
const shortestToken = { good: 6, changed: 32 }

/** `shown` hides nothing. The names are those of fields that the user added. */
export function createRedaction(secrets: 'hidden' | 'shown', ownFields: readonly string[]): Redaction {
  const own = new Set(ownFields.map((name) => name.toLowerCase()))
  // Whole tokens are replaced before parts of others, because a changed token has the parts of a good one.
  const tokens = new Map<string, string>()
  const parts = new Map<string, string>()
  if (secrets === 'shown') {
    const same = (_name: string, value: string) => value
    return { hide() {}, text: (text) => text, request: same, answer: same, acceptedBody: (body) => body.toString() }
  }
  const text = (text: string) => {
    let shown = text
    // The newest is the most likely one.
    for (const [secret, mark] of [...[...tokens].reverse(), ...parts]) shown = shown.replaceAll(secret, mark)
    return shown
  }
  return {
    hide(token, kind = 'good') {
      const [, claims = '', signature = ''] = token.split('.')
      if (claims.length >= shortestPart) keep(parts, claims, '$CLAIMS')
      if (signature.length >= shortestPart) keep(parts, signature, '$SIGNATURE')
      if (token.length >= shortestToken[kind]) keep(tokens, token, kind === 'good' ? '$TOKEN' : '$CHANGED_TOKEN')
    },
    text,
    request: (name, value) => (own.has(name.toLowerCase()) ? '(hidden)' : text(value)),
    answer: (name, value) => (/^set-cookie2?$/i.test(name) ? '(hidden)' : text(value)),
    acceptedBody: (body) => (body.length === 0 ? '' : '(hidden)'),
  }
}

/** Each request has a few tokens of its own. */
const maxKept = 30

function keep(marks: Map<string, string>, secret: string, mark: string): void {
  marks.delete(secret)
  marks.set(secret, mark)
  for (const oldest of marks.keys()) {
    if (marks.size <= maxKept) return
    marks.delete(oldest)
  }
}
