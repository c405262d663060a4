import { isJsonObject } from '../encoding/json.js'
import type { Scheme } from '../failures.js'
import type { ProofClaims } from '../proof/open-proof.js'
import { printable, printableTarget } from './redaction.js'

/**
 * One check, for operators only. Clients do not see it. Never holds a token, a proof or a secret. Untrusted strings are cut
 * short, and have no control characters, query or userinfo.
 */
export interface CheckEvent {
  /** False with the adapters' option `reportOnly`: the request passed, also if it was rejected. */
  readonly enforced: boolean
  readonly method: string | undefined
  /** The path of the request target, without its query. */
  readonly path: string | undefined
  /** Undefined for a request without readable credentials. */
  readonly scheme: Scheme | undefined
  /** `iss` of a valid access token. */
  readonly issuer: string | undefined
  /** `client_id` of a valid access token. */
  readonly clientId: string | undefined
  /** Thumbprint of the key that a valid access token is bound to. */
  readonly jkt: string | undefined
  /**
   * The server's clock minus the proof's `iat`, in seconds. Positive: the age of the proof. Negative: the client's clock is
   * ahead.
   */
  readonly iatOffsetSeconds: number | undefined
}

/** What the guard knows of one request so far. */
export class CheckRecord {
  readonly method: string | undefined
  readonly target: string | undefined
  scheme: Scheme | undefined
  claims: Readonly<Record<string, unknown>> | undefined
  /** Whether the proof has a nonce, of this server or not. */
  hasNonce = false
  #iatOffsetSeconds: number | undefined

  constructor(method?: string, target?: string) {
    this.method = method
    this.target = target
  }

  get used(): readonly Scheme[] {
    return this.scheme === undefined ? [] : [this.scheme]
  }

  observe({ iat, nonce }: ProofClaims, now: number): void {
    this.#iatOffsetSeconds = now - iat
    this.hasNonce = nonce !== undefined
  }

  describe({ enforced }: Pick<CheckEvent, 'enforced'>): CheckEvent {
    const { method, target, scheme, claims } = this
    return {
      enforced,
      method: method && printable(method),
      path: target && printableTarget(target),
      scheme,
      issuer: shown(claims?.iss),
      clientId: shown(claims?.client_id ?? claims?.azp),
      jkt: isJsonObject(claims?.cnf) ? shown(claims.cnf.jkt) : undefined,
      iatOffsetSeconds: this.#iatOffsetSeconds,
    }
  }
}

function shown(value: unknown): string | undefined {
  return typeof value === 'string' ? printable(value) : undefined
}
