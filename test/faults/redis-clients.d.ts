/** The client libraries with a recipe in packages/redis/README.md. */
import type { SendCommand } from '@dpop-guard/redis'

export interface RedisConnection {
  /** The README's recipe as running code. */
  sendCommand: SendCommand
  close(): void
}

export interface RedisClient {
  /** The name of the library and, if it has two classes, of the class. */
  name: string
  topology: 'single' | 'cluster'
  /** The row of the README's table whose recipe it runs. */
  row: string
  /** Why it cannot run on this machine; undefined if it can. */
  missing: string | undefined
  /** `ports` of 127.0.0.1: the server's, or those of the cluster's nodes. */
  connect(ports: readonly number[]): Promise<RedisConnection>
}

export const redisClients: RedisClient[]

/** The code in the README's table, by the first column. */
export const recipes: Map<string, { sendCommand: string; settings: string }>
