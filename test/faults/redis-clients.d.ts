/** The client libraries that packages/redis/README.md has a recipe for. */
import type { SendCommand } from '@dpop-guard/redis'

export interface RedisConnection {
  /** The README's recipe, made to work. */
  sendCommand: SendCommand
  close(): void
}

export interface RedisClient {
  /** Of the library and, where it has two, of its class. */
  name: string
  topology: 'single' | 'cluster'
  /** The row of the README's table whose recipe it runs. */
  row: string
  /** Why it cannot run on this machine; undefined where it can. */
  missing: string | undefined
  /** `ports` of 127.0.0.1: the server's, or those of the cluster's nodes. */
  connect(ports: readonly number[]): Promise<RedisConnection>
}

export const redisClients: RedisClient[]

/** What the README says: the code of its table, by the first column. */
export const recipes: Map<string, { sendCommand: string; settings: string }>
