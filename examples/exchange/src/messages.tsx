import { LinkButton } from '@latchkey/server/ui'
import { signInUrl, signUpUrl } from './shell.tsx'

export const Welcome = ({ base }: { base: string }) => (
  <section class="lk-card lk-card--pad">
    <h1>Welcome to Harbor Exchange</h1>
    <p class="lk-lead">A demonstration: an exchange that leaves signing in, and the approval of withdrawals, to Latchkey.</p>
    <div class="lk-cluster lk-gap-24">
      <LinkButton variant="primary" href={signInUrl(base)}>
        Sign in
      </LinkButton>
      <LinkButton href={signUpUrl(base)}>Create account</LinkButton>
    </div>
  </section>
)

export const SignedOut = ({ base, returnTo }: { base: string; returnTo: string }) => (
  <section class="lk-card lk-card--pad">
    <h1>You were signed out</h1>
    <p class="lk-lead">Nothing was done. Sign in, then try again.</p>
    <p class="lk-gap-24">
      <LinkButton variant="primary" href={signInUrl(base, returnTo)}>
        Sign in
      </LinkButton>
    </p>
  </section>
)

export const Message = ({ title, text }: { title: string; text: string }) => (
  <section class="lk-card lk-card--pad">
    <h1>{title}</h1>
    <p class="lk-lead">{text}</p>
    <p class="lk-gap-24">
      <LinkButton href="/demo">Back to your wallet</LinkButton>
    </p>
  </section>
)
