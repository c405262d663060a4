import { runAttackTable } from './attack-table.js'
import { runtimes } from './runtimes.js'

runAttackTable(runtimes)
