import { androidKey } from './android-key.ts'
import { apple } from './apple.ts'
import type { StatementMaker } from './ceremony.ts'
import { fidoU2f } from './fido-u2f.ts'
import type { AttestationFormat } from './formats.ts'
import { packed, packedSelf } from './packed.ts'
import { safetyNet } from './safetynet.ts'
import { tpm } from './tpm.ts'

/** How each format's statement is made; compound is made of these. */
export const statementOf: Record<Exclude<AttestationFormat, 'compound'>, StatementMaker> = {
  none: async () => new Map(),
  'packed-self': packedSelf,
  packed,
  tpm,
  'android-key': androidKey,
  'android-safetynet': safetyNet,
  apple,
  'fido-u2f': fidoU2f,
}

/** The format's name as `fmt` has it. */
export function identifierOf(format: AttestationFormat): string {
  return format === 'packed-self' ? 'packed' : format
}
