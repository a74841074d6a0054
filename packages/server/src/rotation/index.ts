export { checkKeys } from './check.ts'
export { rotateKeys } from './rotate.ts'
export { isUsed, type KeyStatus, keyStatus, statusLines } from './status.ts'
