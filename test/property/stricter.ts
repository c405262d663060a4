/** The cases in which the guard intentionally rejects a request that the oracle accepts, each with a reason and an example. */
import type { Reason } from '@dpop-guard/core'
import { resource } from '../support/guard-scene.js'
import type { Members, RequestDraft } from './request-draft.js'

interface Strictness {
  readonly what: string
  readonly reason: Reason
  readonly why: string
  readonly example: (draft: RequestDraft) => void
}

const add = (members: Members, name: string, value: unknown) =>
  members.push({ name: JSON.stringify(name), value: JSON.stringify(value) })

function set(members: Members, name: string, change: (value: unknown) => unknown) {
  const member = members.find((one) => one.name === JSON.stringify(name))
  if (member === undefined) throw new Error(`no member ${name}`)
  member.value = JSON.stringify(change(JSON.parse(member.value)))
}

const addHost = (value: string) => (draft: RequestDraft) => {
  draft.fields = (fields) => fields.map(([name, given]) => [name, name === 'Host' ? value : given])
}

const setTarget = (target: string) => (draft: RequestDraft) => {
  draft.target = target
}

export const stricterThanTheOracle: readonly Strictness[] = [
  {
    what: 'a proof with stray bits behind the last byte of its signature',
    reason: 'proof_malformed',
    why: 'RFC 4648 section 3.5 allows a decoder to reject it; each signature has one spelling',
    example: (draft) => {
      draft.proof.respell = (compact) => {
        const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
        return compact.slice(0, -1) + alphabet[alphabet.indexOf(compact.at(-1) ?? '') ^ 1]
      }
    },
  },
  {
    what: 'a member twice',
    reason: 'proof_malformed',
    why: 'RFC 7515 section 4, RFC 7519 section 4: parsers differ on which one counts',
    example: (draft) => add(draft.proof.claims, 'jti', 'jti-1'),
  },
  {
    what: 'a member twice in a token',
    reason: 'token_malformed',
    why: 'the same: a parser that uses the other one would read another token',
    example: (draft) => draft.token.claims.push(...draft.token.claims.slice(0, 1)),
  },
  {
    what: 'nine levels of objects and lists',
    reason: 'proof_malformed',
    why: 'no proof needs them, and work is bounded before anything is authentic',
    example: (draft) => add(draft.proof.claims, 'x', [[[[[[[[]]]]]]]]),
  },
  {
    what: 'a proof of more than 8192 characters',
    reason: 'proof_too_long',
    why: 'the same; the option proof.maxLength allows more',
    example: (draft) => add(draft.proof.claims, 'x', 'a'.repeat(9000)),
  },
  {
    what: 'a typ in other letters',
    reason: 'proof_typ',
    why: 'RFC 9449 section 4.2 defines a value, not a media type that is compared as one',
    example: (draft) => set(draft.proof.header, 'typ', () => 'DPOP+JWT'),
  },
  {
    what: 'a typ with "application/" before it',
    reason: 'proof_typ',
    why: 'the same',
    example: (draft) => set(draft.proof.header, 'typ', () => 'application/dpop+jwt'),
  },
  {
    what: 'b64 without crit',
    reason: 'proof_header',
    why: 'RFC 7797 section 6: a JWS with b64 must name it in crit, which is rejected as well',
    example: (draft) => add(draft.proof.header, 'b64', true),
  },
  {
    what: 'a jti of 257 characters',
    reason: 'proof_claims',
    why: 'RFC 9449 section 11.1: overlong ones are to be rejected or hashed, and are both',
    example: (draft) => set(draft.proof.claims, 'jti', () => 'a'.repeat(257)),
  },
  {
    what: 'an empty jti',
    reason: 'proof_claims',
    why: 'RFC 9449 section 4.2: it is a unique identifier',
    example: (draft) => set(draft.proof.claims, 'jti', () => ''),
  },
  {
    what: 'a time before 1970',
    reason: 'proof_claims',
    why: 'RFC 7519 section 2 counts from there; no clock shows it',
    example: (draft) => add(draft.proof.claims, 'nbf', -1),
  },
  {
    what: 'a percent sign that encodes nothing, in both target and htu',
    reason: 'target_not_uri',
    why: 'RFC 3986 section 2.1: it is no URI, so there is nothing to compare',
    example: (draft) => {
      draft.target = '/orders%zz'
      set(draft.proof.claims, 'htu', () => `${resource}/orders%zz`)
    },
  },
  {
    what: 'a target with dot segments',
    reason: 'target_malformed',
    why: 'routers behind the guard read them in different ways',
    example: setTarget('/a/../orders'),
  },
  {
    what: 'a Host that is no host',
    reason: 'host_malformed',
    why: 'RFC 9112 section 3.2 wants 400; Node lets it through',
    example: addHost('api.example.com/x'),
  },
  {
    what: 'an access token in what follows a "?" in the fragment',
    reason: 'token_repeated',
    why: 'no client sends a fragment, and not everything behind the guard cuts it off first',
    example: setTarget('/orders#?access_token=x'),
  },
  {
    what: 'a subject that is no text',
    reason: 'token_claims',
    why: 'RFC 7519 section 4.1.2: it is a StringOrURI',
    example: (draft) => set(draft.token.claims, 'sub', () => 1),
  },
]
