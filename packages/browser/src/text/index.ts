/**
 * One place that normalises and judges all that people type and hosts send; server and page script import the same functions. Pure.
 * Whatever these functions return, they return unchanged when it is given to them again.
 */
export { isPlainText } from './characters.ts'
export { RECOVERY_ALPHABET, RECOVERY_LENGTH, typedDigits, typedRecoveryCode } from './codes.ts'
export { asciiDomain, typedEmail, typedPhone } from './identifiers.ts'
export { isAsciiWord, isPrintable, typedName } from './names.ts'
export { passwordText } from './passwords.ts'
