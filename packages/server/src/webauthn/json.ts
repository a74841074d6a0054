import { check, WebAuthnError } from './error.ts'

/**
 * The value of an own data property, or `undefined`. Nothing of the caller's runs: an inherited member is absent, a getter is refused
 * without being called, and a proxy whose traps throw is refused as well.
 *
 * @param object any object; `name` the member; `step` the place in the standard for a refusal
 * @throws WebAuthnError `response_malformed`
 * @see WebAuthn L3 §5.1 (the JSON forms)
 * @example own(JSON.parse(body), 'id', '§7.2 step 3')
 */
export function own(object: object, name: string, step: string): unknown {
  const property = describe(object, name, step)
  check(property === undefined || 'value' in property, 'response_malformed', step, `${name} is a getter`)
  return property?.value
}

function describe(object: object, name: string, step: string): PropertyDescriptor | undefined {
  try {
    return Object.getOwnPropertyDescriptor(object, name)
  } catch {
    throw new WebAuthnError('response_malformed', step, { detail: name })
  }
}

/** Whether a value is an object that is no array and no function. */
export function isPlainObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !isArray(value)
}

/** Such an object, or the refusal. */
export function asObject(value: unknown, name: string, step: string): object {
  check(isPlainObject(value), 'response_malformed', step, name)
  return value
}

/** An own member that must be a string. */
export function ownString(object: object, name: string, step: string): string {
  const value = own(object, name, step)
  check(typeof value === 'string', 'response_malformed', step, name)
  return value
}

/** An own member that may be absent; JSON writers of native clients say `null` for that. */
export function ownOptional(object: object, name: string, step: string): unknown {
  return own(object, name, step) ?? undefined
}

/** An own member that, where present, must be an object. */
export function ownOptionalObject(object: object, name: string, step: string): object | undefined {
  const value = ownOptional(object, name, step)
  return value === undefined ? undefined : asObject(value, name, step)
}

/** The items of an array of short strings, read as own data properties. */
export function asStrings(value: unknown, name: string, step: string): string[] {
  check(isArray(value), 'response_malformed', step, name)
  // of an array it is a number
  const length = own(value, 'length', step) as number
  check(length <= 32, 'response_too_large', step, name)
  const items = Array.from({ length }, (_, index) => own(value, String(index), step))
  check(items.every(isShortString), 'response_malformed', step, name)
  return items
}

function isShortString(value: unknown): value is string {
  return typeof value === 'string' && value.length <= 64
}

/** `Array.isArray`, which throws for a revoked proxy. */
function isArray(value: unknown): value is unknown[] {
  try {
    return Array.isArray(value)
  } catch {
    return false
  }
}
