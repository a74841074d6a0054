import type { Caller, Ctx } from '../../ctx.ts'
import { freezeLinkId } from '../../deliver/freeze-link.ts'
import { isFrozen } from '../../domain/facts.ts'
import { Problem } from '../../domain/problems.ts'
import type { AccountFacts } from '../../domain/types.ts'
import type { FreezeLink, Tables } from '../../store/store.ts'
import { lockAccount } from '../account/account.ts'
import type { Asker } from '../change/asker.ts'
import { mint } from '../prove/authority.ts'
import { freezeAccount } from './freeze.ts'

/** After a freeze by its link an address needs a proof for this long (policy.md §4). Real days. */
export const LINK_AGAIN_MS = 30 * 86_400_000

export { freezePath } from '../../deliver/freeze-link.ts'

/** What the link of a notice leads to. */
export type LinkState =
  | { state: 'open'; link: FreezeLink }
  | { state: 'frozen'; frozenAt: number }
  /** Old, used, made before the last unfreeze, or none of ours: nobody is told which. */
  | { state: 'ended' }

const ENDED = { state: 'ended' } as const

/** Looks; changes nothing, however often a scanner of mail opens it. */
export async function linkState(ctx: Ctx, token: string): Promise<LinkState> {
  const { read } = ctx.store
  const link = await findLink(read, ctx, token)
  const facts = link && (await read.accounts.facts(link.accountId))
  return link && facts ? stateOf(read, ctx, link, facts) : ENDED
}

async function findLink(tables: Tables, ctx: Ctx, token: string): Promise<FreezeLink | null> {
  const id = freezeLinkId(token)
  const link = id === null ? null : await tables.freezeLinks.find(id)
  return link && link.expiresAt > ctx.now() ? link : null
}

/**
 * Whoever holds a link that has not ended, for what is proved by itself: the link proves nothing.
 *
 * @throws Problem `not_found`
 */
export async function byLink(ctx: Ctx, token: string): Promise<Asker> {
  const link = await findLink(ctx.store.read, ctx, token)
  if (!link) throw new Problem('not_found')
  const stillAsks = async (tx: Tables): Promise<void> => {
    // an unfreeze ends it
    if (!(await findLink(tx, ctx, token))) throw new Problem('not_found')
  }
  return { accountId: link.accountId, owner: `link:${link.id}`, session: null, stillAsks }
}

async function stateOf(tables: Tables, ctx: Ctx, link: FreezeLink, facts: AccountFacts): Promise<LinkState> {
  const { status, frozenAt } = facts.account
  if (isFrozen(facts)) return { state: 'frozen', frozenAt: frozenAt ?? ctx.now() }
  if (status === 'closed') return ENDED
  // one that was used itself is among them
  const again = await tables.freezeLinks.usedSince(link.accountId, link.identifierId ?? '', ctx.now() - LINK_AGAIN_MS)
  return again ? ENDED : { state: 'open', link }
}

/**
 * What a press of the button sends along: this browser was shown the page. Scanners of mail open links, some send the forms that they
 * find, and some click in a browser of theirs: the page script hands it on for a person's own pointer or key alone, and without a
 * script only the second page has it (policy.md §4).
 */
export const pressOf = (ctx: Ctx, caller: Caller, token: string): string =>
  Buffer.from(ctx.keys.mac('freeze-link', ...pressed(caller, token))).toString('base64url')

const pressed = ({ session, anonymousId }: Caller, token: string) => ['press', token, session?.id ?? anonymousId] as const

const isPressed = (ctx: Ctx, caller: Caller, token: string, press: string): boolean =>
  ctx.keys.verifies(Buffer.from(press, 'base64url'), 'freeze-link', ...pressed(caller, token))

/**
 * Freezes by the link of a notice: signed out, from any browser, once in 30 days for each address (policy.md §4). It is all that the
 * link can do. Where it froze nothing, `linkState` says why.
 *
 * @param press from `pressOf`
 * @returns false where nobody pressed: then it has to be asked once more
 * @example if (!(await freezeByLink(ctx, caller, token, form.press ?? ''))) return askOnceMore(c)
 */
export async function freezeByLink(ctx: Ctx, caller: Caller, token: string, press: string): Promise<boolean> {
  if (!isPressed(ctx, caller, token, press)) return false
  const found = await linkState(ctx, token)
  if (found.state === 'open') await freezeOnce(ctx, caller, found.link)
  return true
}

async function freezeOnce(ctx: Ctx, caller: Caller, link: FreezeLink): Promise<void> {
  const { id, accountId } = link
  await ctx.store.transaction(async tx => {
    const facts = await lockAccount(tx, ctx, accountId)
    // since it was looked at: frozen, another of this address used, or ended by an unfreeze
    const { state } = await stateOf(tx, ctx, link, facts)
    if (state !== 'open' || !(await tx.freezeLinks.use(id, ctx.now()))) return
    const authority = mint('freeze_link', {
      operation: 'account.freeze',
      target: null,
      proofClass: 'lesser',
      decision: NOW,
      credentialId: null,
    })
    await freezeAccount({ tx, ctx, facts, caller, session: null }, authority)
  })
  ctx.wakeOutbox()
}

const NOW = { kind: 'now', pauseMs: 0 } as const
