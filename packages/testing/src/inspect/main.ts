import { runCommand } from './command.js'

runCommand(process.argv.slice(2), process).then((code) => {
  process.exitCode = code
})
