// @ts-check
/** @typedef {{ rfc: number, section: string, check?: number }} Step */
/** @typedef {Record<string, Step | undefined>} Steps the RFC step of each reason, from the guard's own table */

const proofChecks = { rfc: 9449, section: '4.3' }

/** Such as `9449 §4.3 (12)`. @param {Step | undefined} step */
export function describeStep(step) {
  if (step === undefined) return ''
  const { rfc, section, check } = step
  return `${rfc} §${section}${check === undefined ? '' : ` (${check})`}`
}

/** Such as `7, 12` or `3, section 11.1`: numbers without a section are those of RFC 9449 section 4.3. @param {(Step | undefined)[]} steps */
export function describeProofChecks(steps) {
  return steps
    .map((step) => {
      if (step?.rfc !== proofChecks.rfc) return describeStep(step)
      return step.section === proofChecks.section ? `${step.check}` : `section ${step.section}`
    })
    .join(', ')
}
