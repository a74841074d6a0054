import { Problem } from '../domain/problems.ts'

/** The browser's answer as it travels in a form. @throws Problem `passkey_rejected` for what is no JSON */
export function parseResponse(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? '')
  } catch (error) {
    throw new Problem('passkey_rejected', {}, error)
  }
}
