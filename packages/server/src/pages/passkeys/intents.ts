import { activePasskeys, displayName } from '../../domain/facts.ts'
import { settleAndLoad } from '../../flows/account/account.ts'
import { requireSession } from '../../flows/account/session.ts'
import { reactivatePasskey, removePasskey } from '../../flows/passkeys.ts'
import { scopeOf } from '../../http/env.ts'
import type { Intents } from '../verify/intent.ts'
import { nameOf } from './flash.tsx'
import { LIST } from './paths.ts'
import { keepVerified, readRenameTarget, renameVerified } from './rename.tsx'

export const passkeyIntents: Intents = {
  'passkey.rename': {
    reason(t, facts, target, ctx) {
      const { id, label } = readRenameTarget(ctx, facts.account.id, target)
      return t('passkeys.reason_rename', { name: nameOf(facts, id), label })
    },
    button: t => t('common.save'),
    done: renameVerified,
  },
  'passkey.keep': {
    reason: (t, facts, target) => t('passkeys.reason_keep', { name: nameOf(facts, target) }),
    button: t => t('passkey.keep'),
    done: keepVerified,
  },
  'passkey.add': { reason: (t, facts) => t('passkeys.reason_add', { account: displayName(facts) }), done: () => `${LIST}/new` },
  'passkey.remove': {
    reason: (t, facts, target) => t('passkeys.reason_remove', { name: nameOf(facts, target) }),
    button: t => t('passkeys.delete_go'),
    danger: true,
    async done(c, target) {
      const { ctx, caller } = scopeOf(c)
      const outcome = await removePasskey(ctx, caller, target ?? '')
      const left = activePasskeys(await settleAndLoad(ctx, requireSession(caller).accountId))
      const query = outcome.status === 'waits' ? `waits=${outcome.until}` : 'done=removed'
      return `${left.length > 0 || outcome.status === 'waits' ? LIST : '/account/security'}?${query}&id=${encodeURIComponent(target ?? '')}`
    },
  },
  'passkey.reactivate': {
    reason: (t, facts, target) => t('passkeys.reason_reactivate', { name: nameOf(facts, target) }),
    button: t => t('passkey.reactivate'),
    async done(c, target) {
      const { ctx, caller } = scopeOf(c)
      const outcome = await reactivatePasskey(ctx, caller, target ?? '')
      const id = encodeURIComponent(target ?? '')
      return outcome.status === 'waits' ? `${LIST}?reactivates=${outcome.until}&id=${id}` : `${LIST}?done=reactivated&id=${id}`
    },
  },
}
