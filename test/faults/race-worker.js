// One process of an API, on the built packages: it checks a given number of copies of a request at once.
import { createGuard } from '@dpop-guard/core'
import { redisReplayStore } from '@dpop-guard/redis'
import { redisClients } from './redis-clients.js'

let connection
let guard

const commands = {
  async prepare({ client, ports, prefix, options }) {
    connection?.close()
    connection = await redisClients.find(({ name }) => name === client)?.connect(ports)
    const { sendCommand } = connection ?? {}
    guard = createGuard({ ...options, ...(sendCommand && { replayStore: redisReplayStore({ sendCommand, prefix }) }) })
  },
  async check({ request, copies }) {
    const verdicts = await Promise.all(Array.from({ length: copies }, () => guard.check(request)))
    return verdicts.map((verdict) => (verdict.accepted ? 'accepted' : verdict.reason))
  },
}

process.on('message', async ({ command, ...rest }) => {
  try {
    process.send({ result: await commands[command](rest) })
  } catch (error) {
    process.send({ error: String(error) })
  }
})
