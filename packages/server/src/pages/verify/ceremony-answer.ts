import { Problem } from '../../domain/problems.ts'
import { parseJson } from '../../http/door.ts'

/** The browser's answer as it travels in a form. @throws Problem `passkey_rejected` for what is no JSON, `bad_request` for JSON that can be read in two ways */
export function parseResponse(text: string | undefined): unknown {
  try {
    return parseJson(text ?? '')
  } catch (error) {
    if (error instanceof Problem) throw error
    throw new Problem('passkey_rejected', {}, error)
  }
}
