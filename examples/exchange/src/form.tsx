import type { Problem } from '@latchkey/server'
import { Banner, ProblemBox } from '@latchkey/server/ui'

/** What was typed, when the form comes back with what is wrong. */
export interface Typed {
  error?: string
  problem?: Problem
  fields?: Record<string, string>
}

/** What just went wrong, above the form that it is about. */
export const Wrong = ({ error, problem }: Typed) =>
  problem ? (
    <ProblemBox code={problem.code} extras={problem.extras} />
  ) : error ? (
    <Banner tone="bad" role="alert">
      {error}
    </Banner>
  ) : null

export function Choice({
  name,
  label,
  value,
  options,
}: {
  name: string
  label: string
  value?: string | undefined
  options: [string, string][]
}) {
  return (
    <div>
      <label class="lk-label" for={name}>
        {label}
      </label>
      <select class="lk-input" id={name} name={name} required>
        {options.map(([id, words]) => (
          <option value={id} selected={id === value}>
            {words}
          </option>
        ))}
      </select>
    </div>
  )
}

export const Amount = ({ name, value, hint }: { name: string; value?: string | undefined; hint: string }) => (
  <div>
    <label class="lk-label" for={name}>
      Amount
    </label>
    <input
      class="lk-input"
      id={name}
      name={name}
      value={value}
      inputmode="decimal"
      autocomplete="off"
      required
      aria-describedby={`${name}-hint`}
    />
    <p class="lk-hint" id={`${name}-hint`}>
      {hint}
    </p>
  </div>
)

export const Text = ({ name, label, value, mono }: { name: string; label: string; value?: string | undefined; mono?: boolean }) => (
  <div>
    <label class="lk-label" for={name}>
      {label}
    </label>
    <input
      class={mono ? 'lk-input lk-input--mono' : 'lk-input'}
      id={name}
      name={name}
      value={value}
      autocomplete="off"
      spellcheck={false}
      maxlength={128}
      required
    />
  </div>
)
