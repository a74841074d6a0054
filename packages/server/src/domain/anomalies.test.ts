import { describe, expect, it, test } from 'vitest'
import { ANOMALIES, type Anomaly, anomaliesOf, isDoubtful, REACTIONS, reactionTo, type SeenUse } from './anomalies.ts'
import type { Passkey } from './types.ts'

const passkey = (over: Partial<Passkey> = {}): Passkey =>
  ({
    ...{ aaguid: '00000000-0000-0000-0000-000000000000', attachment: 'platform', transports: ['internal', 'hybrid'] },
    ...{ backupEligible: true, backupState: true, uvInitialized: true },
    ...over,
  }) as Passkey
const key = (over: Partial<Passkey> = {}): Passkey =>
  passkey({ attachment: 'cross-platform', transports: ['nfc', 'usb'], backupEligible: false, backupState: false, ...over })
const seen = (over: Partial<SeenUse> = {}): SeenUse => ({
  ...{ counterWentBackwards: false, backupState: true, userVerified: true, attachment: 'platform' },
  ...over,
})

describe('N8: what does not fit at a use of a passkey', () => {
  test.each<[string, Passkey, Partial<SeenUse>, Anomaly[]]>([
    ['nothing', passkey(), {}, []],
    ['a counter that did not grow', passkey(), { counterWentBackwards: true }, ['counter_backwards']],
    ['a backup that is gone', passkey(), { backupState: false }, ['backup_lost']],
    ['not one that never was', passkey({ backupState: false }), { backupState: false }, []],
    ['a backup that begins is good news', passkey({ backupState: false }), {}, []],
    ['its first verified use', passkey({ uvInitialized: false }), {}, ['verification_gained']],
    ['not a use that verified nobody', passkey({ uvInitialized: false }), { userVerified: false }, []],
    ['a key that answers as a part of the device', key(), {}, ['attachment_changed']],
    ['not one that answers as a key', key(), { attachment: 'cross-platform' }, []],
    ['nor one of which the browser says nothing', key(), { attachment: null }, []],
    ['a phone that was added by QR, on the phone itself', key({ transports: ['hybrid', 'internal'] }), {}, []],
    ['one that is built in', key({ transports: ['internal', 'usb'] }), {}, []],
    ['one that is synced, and so no key', key({ backupEligible: true }), {}, []],
    ['a key that told no transports', key({ transports: [] }), {}, []],
    ['a passkey of the device by QR', passkey({ transports: ['usb'] }), { attachment: 'cross-platform' }, []],
    ['a passkey of the device with the transports of a key', passkey({ transports: ['usb'] }), {}, []],
    ['two at once', passkey(), { counterWentBackwards: true, backupState: false }, ['counter_backwards', 'backup_lost']],
  ])('%s', (_, known, use, expected) => expect(anomaliesOf(known, seen(use))).toEqual(expected))

  it('asks for the strongest reaction; one step and suspension are doubts', () => {
    expect(reactionTo([], ANOMALIES)).toBeNull()
    expect(reactionTo(['verification_gained', 'backup_lost'], ANOMALIES)).toBe('tell')
    expect(reactionTo(['backup_lost', 'counter_backwards'], ANOMALIES)).toBe('one_step')
    const doubtful = REACTIONS.map(reaction => isDoubtful(['backup_lost'], { ...ANOMALIES, backup_lost: reaction }))
    expect(doubtful).toEqual([false, false, true, true])
    expect(isDoubtful([], ANOMALIES)).toBe(false)
  })
})
