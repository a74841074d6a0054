/** Every screen that a stranger and the sample customer can reach, and the way there. */
import type { Person, World } from './world.ts'

export interface Screen {
  name: string
  /** Brings the person to the screen. */
  show(person: Person, world: World): Promise<void>
}

const at =
  (path: string): Screen['show'] =>
  person =>
    person.go(path)
const dialogOf =
  (path: string, link: RegExp): Screen['show'] =>
  async person => {
    await person.go(path)
    await person.press('link', link)
    await person.page
      .locator('dialog[open]')
      .waitFor({ timeout: 5_000 })
      .catch(() => {})
  }

/** Screens that a stranger sees. */
export const OUTSIDE: Screen[] = [
  { name: 'start', show: at('/') },
  { name: 'S01-sign-in', show: at('/sign-in') },
  { name: 'S02-sign-up', show: at('/sign-up') },
  { name: 'S03-next', show: afterIdentifier },
  { name: 'S04-wrong-password', show: wrongPassword },
  { name: 'S05-code', show: signUpCode },
  { name: 'S10-create-first', show: createFirst },
  { name: 'S04b-new-password', show: newPassword },
  { name: 'S06-other', show: at('/sign-in/other') },
  { name: 'S07-phone', show: at('/sign-in/phone') },
  { name: 'S08-key', show: at('/sign-in/key') },
  { name: 'S17-recover', show: at('/recover') },
  { name: 'S17-synced', show: at('/recover/synced') },
  { name: 'S17-only-device', show: at('/recover/only-device') },
  { name: 'S18-start', show: at('/recover/start') },
  { name: 'forgotten-password', show: at('/forgot-password') },
  { name: 'S26-check-device', show: at('/check-device') },
  { name: 'help', show: at('/help') },
  { name: 'S28-signed-out', show: at('/sign-out') },
  { name: 'S29e-not-found', show: at('/nothing-here') },
  { name: 'demo-stranger', show: at('/demo') },
  { name: 'inbox', show: at('/development/inbox') },
  { name: 'checklist', show: at('/development/checklist') },
]

/** Screens of the sample customer. */
export const INSIDE: Screen[] = [
  { name: 'S12-security', show: at('/account/security') },
  { name: 'S13-passkeys', show: at('/account/passkeys') },
  { name: 'S09-verify', show: at('/account/verify?operation=passkey.add') },
  { name: 'S09-choose', show: at('/account/verify?operation=passkey.add&choose=1') },
  { name: 'S14-delete', show: dialogOf('/account/passkeys', /^Delete/) },
  { name: 'S15-lost-device', show: at('/account/lost-device') },
  { name: 'S16-factors', show: at('/account/factors') },
  { name: 'S20-recovery-codes', show: at('/account/recovery-codes') },
  { name: 'S24-sessions', show: at('/account/sessions') },
  { name: 'S25-activity', show: at('/account/activity') },
  { name: 'S25-checkup', show: at('/account/checkup') },
  { name: 'messages', show: at('/account/messages') },
  { name: 'lock', show: at('/account/lock') },
  { name: 'password', show: at('/account/password') },
  { name: 'email', show: at('/account/email') },
  { name: 'passkey-details', show: openDetails },
  { name: 'demo', show: at('/demo') },
  { name: 'S23-approve', show: approve },
  { name: 'sample-secrets', show: at('/development/sample') },
]

/** A new member's way, in this order: each screen stands on the one before. */
export const MEMBER: Screen[] = [
  { name: 'S20-codes-sheet', show: codesSheet },
  {
    name: 'S21-done',
    show: press('button', 'Continue', 'You’re all set', person => person.page.getByLabel('I saved these codes').check()),
  },
  { name: 'S14b-last-way-in', show: dialogOf('/account/security', /^Delete/) },
  { name: 'S11-where', show: verified('/account/passkeys/new', 'Where should it be saved?') },
  { name: 'S11c-created', show: press('button', /^Security key/, 'Passkey created', person => person.plugIn({ transport: 'usb' })) },
  { name: 'S12-two-passkeys', show: at('/account/security') },
  { name: 'S16a-app', show: authenticatorApp },
  { name: 'S16c-phone', show: verified('/account/phone', 'Phone number') },
  { name: 'S23-bitcoin', show: approve },
  { name: 'S23c-approved', show: press('button', /^Approve/, /^Approved · /) },
  { name: 'demo-history', show: at('/demo') },
  { name: 'demo-trade', show: at('/demo/trade') },
  { name: 'demo-addresses', show: at('/demo/addresses') },
  { name: 'S23-rejected', show: reject },
  { name: 'S15-suspended', show: suspended },
]

/** The way through a freeze, in this order, of an account that is made for it. */
export const FROZEN: Screen[] = [
  { name: 'freeze-link', show: freezeLink },
  { name: 'freeze-again', show: freezeAgain },
  { name: 'frozen', show: press('button', 'Yes, freeze my account', 'Your account is frozen') },
  { name: 'frozen-signed-in', show: frozenSignedIn },
  { name: 'frozen-unfreeze', show: at('/account/unfreeze') },
  { name: 'frozen-unfrozen', show: press('button', 'Unfreeze my account', 'Your account works again.') },
  { name: 'freeze-own', show: at('/account/freeze') },
  { name: 'freeze-ended', show: at('/f/aaaaaaaaaaaaaaaa') },
]

/** The way out, in this order, of an account that is made for it. */
export const CLOSING: Screen[] = [
  { name: 'close', show: toClose },
  { name: 'close-waits', show: press('button', 'Close my account', 'A change is waiting') },
  { name: 'closing', show: closing },
  { name: 'closing-kept', show: kept },
]

async function toClose(person: Person, world: World): Promise<void> {
  await person.signUp(fresh())
  await person.at(/recovery-codes/)
  world.clock.advance(2 * 86_400_000)
  await person.forget()
  await person.signIn()
  await person.go('/account/close')
}

async function closing(person: Person, world: World): Promise<void> {
  world.clock.advance(86_400_000)
  await person.forget()
  await person.go('/sign-in')
  await person.press('button', 'Sign in with a passkey')
  await person.at('/account/closing')
}

async function kept(person: Person): Promise<void> {
  await person.press('link', 'Keep my account')
  await person.sees(/^You kept your account/)
}

/** What the link of the newest notice to this address leads to. */
export async function linkIn(world: World, address: string): Promise<string> {
  const found = (await world.messages(address)).flatMap(({ text }) => /\/f\/[\w-]{16}/.exec(text)?.[0] ?? [])
  if (!found[0]) throw new Error(`no link was sent to ${address}`)
  return found[0]
}

async function freezeLink(person: Person, world: World): Promise<void> {
  const email = fresh()
  await person.signUp(email)
  await person.at(/recovery-codes/)
  await person.go(await linkIn(world, email))
}

/** The form as a browser without a script sends it. */
async function freezeAgain(person: Person): Promise<void> {
  await person.page.evaluate(() => document.querySelector<HTMLFormElement>('form[action*="/f/"]')?.submit())
  await person.sees('Really freeze?')
}

async function frozenSignedIn(person: Person): Promise<void> {
  await person.go('/sign-in')
  await person.press('button', 'Sign in with a passkey')
  await person.at('/account/frozen')
}

/** A page that asks for the passkey first. */
function verified(path: string, then: string): Screen['show'] {
  return async person => {
    await person.go(path)
    if (person.page.url().includes('/verify')) await person.press('button', 'Use my passkey')
    await person.sees(then)
  }
}

/** Presses what the screen before shows. */
function press(
  role: 'button' | 'link',
  name: string | RegExp,
  then: string | RegExp,
  first?: (person: Person) => Promise<unknown>,
): Screen['show'] {
  return async person => {
    await first?.(person)
    await person.press(role, name)
    await person.sees(then)
  }
}

async function codesSheet(person: Person): Promise<void> {
  await person.signUp(fresh())
  await person.at(/recovery-codes/)
  await person.press('button', 'Show my codes')
  await person.sees('Save your recovery codes')
}
async function authenticatorApp(person: Person, world: World): Promise<void> {
  await verified('/account/factors/totp', 'Turn on')(person, world)
}
async function reject(person: Person): Promise<void> {
  await approve(person)
  await person.press('button', 'Reject')
  await person.sees('Did you request this?')
}
async function suspended(person: Person): Promise<void> {
  await person.go('/account/lost-device')
  await person.press('button', /^Suspend now: Security key/)
  await person.sees('What to do next')
}

async function afterIdentifier(person: Person): Promise<void> {
  await person.go('/sign-in')
  await person.type('Email or phone number', 'mei@example.com')
  await person.press('button', 'Continue')
  await person.sees('Welcome back')
}
async function wrongPassword(person: Person): Promise<void> {
  await afterIdentifier(person)
  await person.type('Password', 'not the password')
  await person.press('button', 'Sign in')
  await person.sees('That email or password isn’t right.')
}
let count = 0
const fresh = (): string => `shot${++count}@example.com`
async function signUpCode(person: Person): Promise<void> {
  await person.go('/sign-up')
  await person.type('Email or phone number', fresh())
  await person.press('button', 'Continue')
  await person.sees('Enter the code')
}
async function createFirst(person: Person): Promise<void> {
  const email = fresh()
  await person.go('/sign-up')
  await person.type('Email or phone number', email)
  await person.press('button', 'Continue')
  await person.sees('Enter the code')
  await person.typeSentCode(email)
  await person.sees('Sign in faster and safer')
}
async function newPassword(person: Person): Promise<void> {
  await createFirst(person)
  await person.press('link', 'Not now, use a password')
  await person.sees('Choose a password')
}
async function openDetails(person: Person): Promise<void> {
  await person.go('/account/passkeys')
  await person.press('link', /^Details/)
  await person.sees('If you lose the device')
}
async function approve(person: Person): Promise<void> {
  await person.go('/demo')
  await person.type('Amount', '0.1')
  await person.page.getByRole('button', { name: 'Review and approve' }).click()
  await person.page.waitForURL(/\/approve\//)
}

export async function signInAsSample(person: Person): Promise<void> {
  await person.go('/')
  await person.press('button', /sample customer/i)
  await person.page.waitForURL(/account|development/)
  await person.page.getByRole('heading', { level: 1 }).first().waitFor()
}
