import { runAttackTable } from '../attacks/attack-table.js'
import { startCore } from '../attacks/runtime.js'

runAttackTable({ core: startCore })
