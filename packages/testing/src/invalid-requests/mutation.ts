import { readObjectOption } from '@dpop-guard/core/internal'
import { type JsonPart, signCompact, signInput } from '../compact-jws.js'
import type { Jwk } from '../jwk.js'
import type { ProofClient, ProofParts } from '../proof-client.js'
import type { MintOptions, TokenIssuer } from '../token-issuer.js'

/** One value of a field, several for a repeated field, none for a missing one. */
export type FieldValues = string | readonly string[]

/** A valid request. */
export interface ValidRequest {
  readonly method: string
  /** The `htu` of a good proof: the public URL, without query and fragment. */
  readonly url: string
  /** Path and query of the request line, at the address where the API listens in the test. Default: the path of `url`. */
  readonly target?: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
  readonly client: ProofClient
  readonly issuer: TokenIssuer
  /** Claims of the access token, in addition to those of every token of the issuer. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The client's access token, sent unless the mutation changes the token. Default: a new one for the request. */
  readonly accessToken?: string | undefined
  readonly nonce?: string | undefined
}

/** What differs from a valid request. Everything else is valid, and fits the parts that differ. */
export interface Mutation {
  /** The client that holds the key, instead of the client of the valid request. */
  client?: ProofClient | undefined
  /** The issuer that signs the token, instead of the issuer of the valid request. */
  issuer?: TokenIssuer | undefined
  /** Merged over the claims of the token; `undefined` removes a claim. */
  claims?: Readonly<Record<string, unknown>> | undefined
  mint?: MintOptions | undefined
  /** The access token, instead of a new one from the members above. */
  accessToken?: string | undefined
  /** Default DPoP. */
  scheme?: string | undefined
  /** The method of the request line, and of the proof. */
  method?: string | undefined
  /** The exact target of the request line. The proof is still for the URL of the valid request, unless you set `url` too. */
  target?: string | undefined
  /** The body, instead of that of the valid request. */
  body?: string | undefined
  /** Values of the Authorization field, instead of scheme and token; `[]` leaves it out. */
  authorization?: FieldValues | ((accessToken: string) => FieldValues) | undefined
  /** Becomes the proof's `htu`. */
  url?: string | undefined
  proof?: Partial<ProofParts> | undefined
  /** Values of the DPoP field, instead of the proof; `[]` leaves it out. */
  dpop?: FieldValues | ((draft: Draft) => FieldValues) | undefined
  /** Values of the Host field, instead of the server's own name. */
  host?: FieldValues | undefined
  /** More fields, after the others: names and values in turn. */
  headers?: readonly string[] | undefined
}

/** Every member, because a misspelt one would leave the request valid. */
const members = {
  client: true,
  issuer: true,
  claims: true,
  mint: true,
  accessToken: true,
  scheme: true,
  method: true,
  target: true,
  body: true,
  authorization: true,
  url: true,
  proof: true,
  dpop: true,
  host: true,
  headers: true,
} satisfies Record<keyof Mutation, true>

const proofMembers = {
  method: true,
  url: true,
  now: true,
  accessToken: true,
  nonce: true,
  jti: true,
  header: true,
  claims: true,
} satisfies Record<keyof ProofParts, true>

const mintMembers = { header: true, privateKey: true, kid: true } satisfies Record<keyof MintOptions, true>

/** Throws a TypeError for an unknown member, and suggests the nearest one. */
export function readMutationOption(mutation: Mutation): Mutation {
  const given: Mutation = readObjectOption('invalid', mutation, Object.keys(members))
  if (given.proof !== undefined) readObjectOption('invalid.proof', given.proof, Object.keys(proofMembers))
  if (given.mint !== undefined) readObjectOption('invalid.mint', given.mint, Object.keys(mintMembers))
  return given
}

/** The parts of a valid proof, for a proof of your own. */
export interface Draft {
  header: Record<string, unknown> & { jwk: Jwk }
  payload: Record<string, unknown>
  /** The valid proof: three base64url strings. */
  proof: string
  accessToken: string
  /** Signs exactly this header and payload with the client's key. */
  sign(header: JsonPart, payload: JsonPart): string
  /** Signs an encoded header and payload, and appends the signature. */
  signInput(input: string): string
}

/** The fields of a request, names and values in turn like Node's `rawHeaders`. `Host` is there only if the mutation sets it. */
export function writeFields(valid: ValidRequest, mutation: Mutation = {}): string[] {
  const { scheme = 'DPoP', accessToken = tokenOf(valid, mutation), host = [], headers = [] } = mutation
  const { authorization = `${scheme} ${accessToken}`, dpop = ({ proof }) => proof } = mutation
  const fields = {
    Host: host,
    Authorization: typeof authorization === 'function' ? authorization(accessToken) : authorization,
    DPoP: typeof dpop === 'function' ? dpop(draftOf(valid, mutation, accessToken)) : dpop,
  }
  const flat = Object.entries(fields).flatMap(([name, values]) => [values].flat().flatMap((value) => [name, value]))
  return [...flat, ...headers]
}

/** Path and query of a valid request. */
export function targetOf({ target, url }: ValidRequest): string {
  return target ?? (url.replace(/^\w+:\/\/[^/]*/, '') || '/')
}

/** The access token of a request: bound to its client's key, unless the claims say otherwise. */
export function tokenOf(valid: ValidRequest, mutation: Mutation = {}): string {
  const { client = valid.client, issuer = valid.issuer, claims, mint } = mutation
  const unchanged = [mutation.client, mutation.issuer, claims, mint].every((part) => part === undefined)
  if (unchanged && valid.accessToken !== undefined) return valid.accessToken
  return issuer.mint({ now: valid.now, cnf: { jkt: client.jkt }, ...valid.claims, ...claims }, mint)
}

function draftOf(valid: ValidRequest, mutation: Mutation, accessToken: string): Draft {
  const { client = valid.client, method = valid.method, url = valid.url, proof: parts } = mutation
  const { now, nonce } = valid
  const { alg, privateKey } = client
  const proof = client.proof({ method, url, now, nonce, accessToken, ...parts })
  const [header, payload] = proof.split('.')
  return {
    header: JSON.parse(Buffer.from(header ?? '', 'base64url').toString()),
    payload: JSON.parse(Buffer.from(payload ?? '', 'base64url').toString()),
    proof,
    accessToken,
    sign: (header, payload) => signCompact({ alg, privateKey, header, payload }),
    signInput: (input) => signInput(alg, privateKey, input),
  }
}
