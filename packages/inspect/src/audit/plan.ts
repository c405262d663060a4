import { Sender } from './attempt.js'
import { isNeeded } from './audit.js'
import { type AuditOptions, ownPartsOf, readAuditOptions } from './audit-options.js'
import { writeCurl } from './curl.js'
import { createRedaction } from './redaction.js'
import { type AuditRow, neededFor } from './row.js'
import { auditRows, matchesName } from './rows.js'

/** The requests that an audit with these options would make, without sending any. The challenge of the server is not known. */
export async function planAudit(options: AuditOptions): Promise<AuditPlan[]> {
  const read = readAuditOptions(options)
  const redaction = createRedaction(read.secrets, ownPartsOf(read))
  const sender = new Sender(read, redaction)
  const plans: AuditPlan[] = []
  for (const row of auditRows()) {
    if (read.only.length > 0 && !isNeeded(row.name) && !read.only.some((one) => matchesName(row.name, one))) continue
    try {
      const requests = await sender.make(row)
      plans.push({ row, curls: requests.map((request) => writeCurl(request, redaction)) })
    } catch (error) {
      const needs = neededFor(error)
      if (needs === undefined) throw error
      plans.push({ row, curls: [], needs })
    }
  }
  return plans
}

/** A request of a dry run. */
export interface AuditPlan {
  readonly row: AuditRow
  readonly curls: readonly string[]
  readonly needs?: string
}
