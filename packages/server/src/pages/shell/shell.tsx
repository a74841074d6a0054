/** The frame around every page: document, brand, navigation, footer, and the lines that show when a script does not run. */
import type { Child } from 'hono/jsx'
import { Frame } from './frame.tsx'
import { SideNav } from './nav.tsx'
import type { ShellProps } from './props.ts'

export interface PlainShellProps extends ShellProps {
  /** `panel` is one task in one card; `wide` for codes; `slip` for approvals; `centred` has no card: lost, done, signed out. */
  layout?: 'panel' | 'wide' | 'slip' | 'centred' | undefined
}

/** One task, one card: signing in, creating, verifying, approving. */
export function PlainShell({ layout = 'panel', children, ...props }: PlainShellProps) {
  const main =
    layout === 'centred' ? (
      <Main class="lk-lost" title={props.title} shell="plain">
        {children}
      </Main>
    ) : (
      <Main
        class={layout === 'panel' ? 'lk-auth' : `lk-auth lk-auth--${layout}`}
        title={props.title}
        shell={layout === 'slip' ? 'slip' : 'plain'}
      >
        <div class={layout === 'slip' ? 'lk-panel lk-slip' : 'lk-panel'}>{children}</div>
      </Main>
    )
  return (
    <Frame {...props} body="lk-plain" header={layout === 'slip' ? 'bare slim' : 'bare'}>
      {main}
    </Frame>
  )
}

/** The signed-in account: profile menu, side list, content. */
export function AccountShell({ children, ...props }: ShellProps) {
  const main = (
    <Main class="lk-main" title={props.title} shell="account">
      {children}
    </Main>
  )
  return (
    <Frame {...props} header="account">
      {props.fragment ? (
        main
      ) : (
        <div class="lk-shell">
          <SideNav current={props.nav} sections={props.sections} />
          {main}
        </div>
      )}
    </Frame>
  )
}

export interface OneShellProps extends ShellProps {
  /** As wide as the window allows: tables, the inbox. */
  wide?: boolean | undefined
}

/** One column without navigation: device check, help, development pages. */
export function OneShell({ wide, children, ...props }: OneShellProps) {
  const main = (
    <Main class="lk-main" title={props.title} shell={wide ? 'wide' : 'one'}>
      {children}
    </Main>
  )
  return (
    <Frame {...props} header={props.account ? 'account' : 'sign-in'}>
      {props.fragment ? main : <div class={wide ? 'lk-shell lk-shell--wide' : 'lk-shell lk-shell--one'}>{main}</div>}
    </Frame>
  )
}

/** The frames there are; the page script swaps `<main>` only inside the same one. */
export type ShellKind = 'plain' | 'slip' | 'account' | 'one' | 'wide'

const Main = ({ class: look, title, shell, children }: { class: string; title: string; shell: ShellKind; children?: Child }) => (
  <main class={look} id="main" tabindex={-1} data-lk-title={title} data-lk-shell={shell}>
    {children}
  </main>
)
