/** @jsxRuntime automatic @jsxImportSource hono/jsx */
/** Pages made of the real parts, for the page script's own tests: what the server would say, without a server behind it. */

import { createTranslator } from '../packages/server/src/messages/index.ts'
import { AutofillMarker, CeremonyForm, SignalMarker, WHERE } from '../packages/server/src/pages/ceremony.tsx'
import { PasskeyCard, type PasskeyView } from '../packages/server/src/pages/passkey-card.tsx'
import { AccountShell, PlainShell } from '../packages/server/src/pages/shell.tsx'
import type { ShellProps } from '../packages/server/src/pages/shell-frame.tsx'
import {
  Button,
  CodeField,
  DialogContent,
  ErrorBox,
  Field,
  Form,
  LinkButton,
  Option,
  PasswordField,
  TaskHead,
} from '../packages/server/src/pages/ui.tsx'

export interface PageInput {
  nonce: string
  fragment: boolean
  challenge: string
  /** What was posted to get here. */
  fields?: Record<string, string>
}

const t = createTranslator('en')
const shell = (input: PageInput, title: string): ShellProps => ({
  title,
  brand: { name: 'Acme' },
  nonce: input.nonce,
  formToken: 'token',
  fragment: input.fragment,
  lang: 'en',
})

const request = (challenge: string) => ({
  challenge,
  rpId: 'localhost',
  timeout: 60_000,
  userVerification: 'required',
  allowCredentials: [],
})
const creation = (challenge: string) => ({
  challenge,
  rp: { id: 'localhost', name: 'Acme' },
  user: { id: 'YWNjb3VudA', name: 'ada@example.org', displayName: 'ada@example.org' },
  pubKeyCredParams: [
    { type: 'public-key', alg: -7 },
    { type: 'public-key', alg: -257 },
  ],
  timeout: 60_000,
  excludeCredentials: [],
  authenticatorSelection: { residentKey: 'required', requireResidentKey: true, userVerification: 'required' },
  attestation: 'none',
  extensions: { credProps: true },
})

export const promptPage = (input: PageInput) => (
  <PlainShell {...shell(input, 'Prompts')}>
    <TaskHead title="Prompts" />
    <p hidden data-lk-unsupported="">
      No passkeys here
    </p>
    <CeremonyForm
      kind="create"
      action="/created"
      options={creation(input.challenge)}
      optionsUrl="/options"
      hidden={{ return_to: '/x' }}
      other="/other"
    >
      <Option icon="laptop" title="This device" note="Unlock with your finger" name="where" value="device" {...WHERE.device} />
      <Option icon="phone" title="Phone or tablet" note="Scan a QR code" name="where" value="phone" {...WHERE.phone} />
    </CeremonyForm>
    <CeremonyForm kind="get" action="/signed-in" options={request(input.challenge)} optionsUrl="/options" other="/other">
      <Button variant="primary">Sign in with a passkey</Button>
    </CeremonyForm>
  </PlainShell>
)

export const otherPage = (input: PageInput) => (
  <PlainShell {...shell(input, 'Another way')}>
    <TaskHead title="Another way" />
  </PlainShell>
)

/** What is not accepted the browser deletes at once. */
const idOf = (input: PageInput): string[] => [(JSON.parse(input.fields?.response ?? '{}') as { id?: string }).id ?? '']

export const createdPage = (input: PageInput) => (
  <PlainShell {...shell(input, 'Passkey created')}>
    <TaskHead title="Passkey created" />
    <SignalMarker rpId="localhost" userId="YWNjb3VudA" acceptedIds={idOf(input)} name="ada" displayName="Ada </script>" />
    <Form action="/name" data-lk-save-on-blur="">
      <Field name="label" label="Name" value="iPhone" />
      <span data-lk-saved="" hidden />
    </Form>
    <LinkButton href="/prompt">Done</LinkButton>
  </PlainShell>
)

export const autofillPage = (input: PageInput) => (
  <PlainShell {...shell(input, 'Sign in')}>
    <TaskHead title="Sign in" />
    <Field name="identifier" label="Email" autocomplete="username webauthn" />
    <AutofillMarker action="/signed-in" options={request(input.challenge)} optionsUrl="/options" />
  </PlainShell>
)

export const unknownPage = (input: PageInput) => (
  <PlainShell {...shell(input, 'Prompts')}>
    <TaskHead title="Prompts" />
    <ErrorBox title="Not linked any more" code="LK301" />
  </PlainShell>
)

const passkey = (name: string): PasskeyView => ({
  id: 'p-1',
  name,
  aaguid: '00000000-0000-0000-0000-000000000000',
  provider: null,
  kind: 'device',
  status: 'active',
  thisDevice: false,
  needsFirstUse: false,
  counter: false,
  discoverable: true,
  staleDays: null,
  trustedAt: null,
  createdAt: 0,
  createdIn: '',
  lastUsedAt: null,
  lastUsedIn: null,
  suspendedAt: null,
  openSessions: 0,
})

/** Longer than any test is likely to take, so that its end does not speak into what another test listens for. */
const COUNTDOWN_MS = 240_000

export const accountPage = (input: PageInput & { name: string; toast?: string }) => (
  <AccountShell {...shell(input, 'Passkeys')} account={{ name: 'ada@example.org' }} nav="passkeys">
    <h1 tabindex={-1}>Passkeys</h1>
    {input.name ? <PasskeyCard passkey={passkey(input.name)} t={t} now={0} heading={2} /> : <p>None</p>}
    {input.toast && (
      <div class="lk-toast" data-lk-toast="">
        {input.toast}
        <Button type="button" data-lk-close="">
          Close
        </Button>
      </div>
    )}
    <Button type="button" data-lk-copy="#key">
      Copy
    </Button>
    <p id="key">ABCD EFGH</p>
    <Form action="/again">
      <input type="hidden" name="username" autocomplete="username" />
      <PasswordField name="password" label="Password" autocomplete="current-password" />
      <Button data-lk-countdown="Send a new code in {time}" data-until={String(Date.now() + COUNTDOWN_MS)}>
        Send a new code
      </Button>
    </Form>
  </AccountShell>
)

export const renamePage = (input: PageInput & { error?: string }) => (
  <PlainShell {...shell(input, 'Rename')}>
    <TaskHead title="Rename" />
    <Form class="lk-rename" action="/account/passkeys/p-1/rename">
      <Field name="label" label="Name" value={input.fields?.label ?? 'Old name'} error={input.error} />
      <Button variant="primary">Save</Button>
      <LinkButton variant="text" href="/account/passkeys" data-lk-close="">
        Cancel
      </LinkButton>
    </Form>
  </PlainShell>
)

export const deletePage = (input: PageInput) => (
  <PlainShell {...shell(input, 'Delete')}>
    <DialogContent
      id="delete"
      title="Delete it?"
      lead="It stops working."
      actions={
        <>
          <LinkButton href="/account/passkeys" data-lk-close="" autofocus>
            Keep it
          </LinkButton>
          <Form action="/account/passkeys/p-1/delete">
            <Button variant="danger">Delete passkey</Button>
          </Form>
        </>
      }
    />
  </PlainShell>
)

export const codePage = (input: PageInput & { error?: string }) => (
  <PlainShell {...shell(input, 'Confirm it’s you')}>
    <DialogContent id="verify" title="Confirm it’s you">
      <Form action="/account/verify">
        <CodeField error={input.error} />
        <Button variant="primary">Confirm</Button>
      </Form>
    </DialogContent>
  </PlainShell>
)
