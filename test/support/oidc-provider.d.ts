// Only what the tests use, because the package has no types.
declare module 'oidc-provider/lib/helpers/errors.js' {
  export class InvalidTarget extends Error {}
}

declare module 'oidc-provider/lib/provider.js' {
  import type { RequestListener } from 'node:http'
  export class Provider {
    constructor(issuer: string, configuration: object)
    callback(): RequestListener
    readonly Client: { find(id: string): Promise<object | undefined> }
    readonly Grant: new (
      properties: object,
    ) => { addOIDCScope(scope: string): void; save(): Promise<string> }
    readonly AccessToken: new (
      properties: object,
    ) => { setThumbprint(kind: 'jkt', jkt: string): void; save(): Promise<string> }
  }
}
