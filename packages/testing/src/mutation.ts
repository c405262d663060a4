import { readObjectOption } from '@dpop-guard/core/plugin'
import { type JsonPart, signCompact, signInput } from './compact-jws.js'
import type { Jwk } from './jwk.js'
import type { ProofClient, ProofParts } from './proof-client.js'
import type { MintOptions, TokenIssuer } from './token-issuer.js'

/** One value of a field, several for a field that is repeated, none for one that is left out. */
export type FieldValues = string | readonly string[]

/** A request that is right in everything. */
export interface ValidRequest {
  readonly method: string
  /** What a good proof has as its `htu`: the public URL, without query and fragment. */
  readonly url: string
  /** Path and query as the request line has them, where a test has the API listen. Default: the path of `url`. */
  readonly target?: string | undefined
  /** Seconds since the epoch. */
  readonly now: number
  readonly client: ProofClient
  readonly issuer: TokenIssuer
  /** Of the access token, besides those that the issuer gives to every one. */
  readonly claims?: Readonly<Record<string, unknown>> | undefined
  /** The client's token, sent wherever nothing of a token is changed. Default: one that is minted for the request. */
  readonly accessToken?: string | undefined
  readonly nonce?: string | undefined
}

/** What differs from a valid request. Whatever is not mentioned is right, and fits the rest. */
export interface Mutation {
  /** Holds the key, instead of the one of the valid request. */
  client?: ProofClient | undefined
  /** Signs the token, instead of the one of the valid request. */
  issuer?: TokenIssuer | undefined
  /** Merged over the token's claims; `undefined` removes one. */
  claims?: Readonly<Record<string, unknown>> | undefined
  mint?: MintOptions | undefined
  /** Instead of a token that is made from the above. */
  accessToken?: string | undefined
  /** Default DPoP. */
  scheme?: string | undefined
  /** In the request line, and in the proof that fits it. */
  method?: string | undefined
  /** In the request line, to the letter. The proof stays one for the URL of the valid request, unless `url` is there too. */
  target?: string | undefined
  /** Instead of the body of the valid request. */
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
  /** More fields, behind the others: names and values in turn. */
  headers?: readonly string[] | undefined
}

/** All there are: one that is misspelt would break nothing. */
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

/** Throws a TypeError for a member that there is not, with the nearest that there is. */
export function readMutation(mutation: Mutation): Mutation {
  const given: Mutation = readObjectOption('broken', mutation, Object.keys(members))
  if (given.proof !== undefined) readObjectOption('broken.proof', given.proof, Object.keys(proofMembers))
  if (given.mint !== undefined) readObjectOption('broken.mint', given.mint, Object.keys(mintMembers))
  return given
}

/** What a valid proof is made of, for those who write their own. */
export interface Draft {
  header: Record<string, unknown> & { jwk: Jwk }
  payload: Record<string, unknown>
  /** The valid proof: three base64url texts. */
  proof: string
  accessToken: string
  /** Signs exactly these texts with the client's key. */
  sign(header: JsonPart, payload: JsonPart): string
  /** Signs a text that is header and payload already, and appends the signature. */
  signInput(input: string): string
}

/** The fields of a request, names and values in turn like Node's `rawHeaders`. `Host` only where the mutation has it. */
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
