/** Why a mutant may survive. */
export interface Acceptance {
  /** What makes it no change that anybody could notice, in plain words. */
  reason: string
  /** The mutant of another layer that holds the same rule: both together must be killed. */
  layer?: string
}

const PACE = 'How patient or how thrifty the machinery is: one more makes no difference that anybody could name.'
const ML_DSA = 'Only a Node that knows ML-DSA (24.7 on) comes by, and there `npm run nodes` runs the tests of every algorithm.'
const OF_A_KIND = 'The blind index is of kind and value: equal ones have the same kind. The kind is named because the index begins with it.'

/** By the mutant's id. At most three of a hundred mutants, else the runner fails. */
export const ACCEPTED: Readonly<Record<string, Acceptance>> = {
  'edge-sql/writes.touch/1': { reason: 'The same moment is written again.' },
  'edge/readAttested/1': { reason: 'What ends right behind the length of the id has no key either, and the next line refuses that alike.' },
  'freshness/OPERATIONS.payout_address.remove/3': {
    reason: 'Read where a wait is over, and a removal never waits; the type of `EFFECTS` asks for it.',
  },
  'guard/akpToJwk/1': { reason: ML_DSA },
  'number/ANSWER_MARGIN_MS/1': { reason: PACE },
  'number/BATCH/2': { reason: PACE },
  'number/IDLE_TRANSACTION_MS/1': { reason: PACE },
  'number/MEETINGS/1': { reason: PACE },
  'operand/hasExactly/2': { reason: 'Of as many members as there must be, each is read by its name and type.', layer: 'guard/bytesOf/1' },
  'return/freshProbe/1': { reason: ML_DSA },
  'return/isEncoded/3': { reason: ML_DSA },
  'return/probeOf/1': { reason: ML_DSA },
  'where-text/lock/1': { reason: 'All rows of the table are locked in place of the one: nobody waits for another.' },
  'where-text/rewrite/1': { reason: OF_A_KIND },
  'where/refuseUnderAnotherKey/3': { reason: OF_A_KIND },
  'edge/countOne/1': { reason: 'asks one attempt sooner whether many share the address; what is counted and refused is the same' },
  'end/post/1': { reason: 'gives a connection back at once, which the next collection of garbage does too' },
  'number/BATCH/1': { reason: 'pages of a table may be of any size: each row is visited once' },
  'number/CONNECT_TIMEOUT_MS/1': { reason: 'a millisecond of the wall clock after ten seconds without a mail server' },
  'number/DRAIN_MS/1': { reason: 'a millisecond of the wall clock at the end of a process' },
  'number/MAX_SCORED/1': { reason: 'bounds the time of the check; a hundred characters reach the highest score as a hundred and one do' },
  'number/REACH_MS/1': { reason: 'a millisecond of the wall clock at the start of a process' },
  'number/REACH_PAUSE_MS/1': { reason: 'a millisecond of the wall clock between two tries at the start' },
  'number/PAGE/1': { reason: 'pages of a table may be of any size: each row is visited once' },
  'number/READ/1': { reason: 'how far back a new device is looked for: the offer stands on the newest' },
  'number/RECENT/1': { reason: 'development only: how far back a message that is tried again is looked for' },
  'number/SOCKET_TIMEOUT_MS/1': { reason: 'a millisecond of the wall clock after twenty seconds of a silent mail server' },
  'number/TIMEOUT_MS/1': { reason: 'a millisecond of the wall clock after five seconds of a silent gateway' },
  'number/TIMEOUT_MS/2': { reason: 'a millisecond of the wall clock after five seconds of a silent host' },
  'number-in/NOW.pauseMs/2': { reason: 'a freeze asks its authority for no decision: only the type has one' },
  'throw/signInWithPassword/1': { reason: 'nobody’s password never fits, so only the type needs to hear that there is an account' },
  'throw/proveRecovery/2': { reason: 'nobody’s proof never fits, so only the type needs to hear that there is an account' },
  'operand/secondStep/1': { reason: 'the row of a sign-in always has its account: only the type allows none' },
  'filter/endRecovery/1': { reason: 'no passkey is a proof of a recovery: only the type of evidence allows one' },
  'throw/confirmTotp/2': { reason: 'the same code fitted a moment before; only a clock that jumps in between could tell' },
  'throw/consumeApproval/1': { reason: 'the row was read under the same lock and found redeemable', layer: 'throw/guardRedeemable/2' },
  'spent/recoverWithPasskey/1': {
    reason: 'the recovery ends with its first use, and its challenge is bound to it',
    layer: 'throw/lockRecovery/1',
  },
  'throw/recoverWithPasskey/1': {
    reason: 'what passes a used challenge finds the recovery ended: see the one before',
  },
  'spent/signUpWithPasskey/1': { reason: 'the sign-up is taken once, and its challenge is bound to it', layer: 'throw/writeAccount/1' },
  'throw/signUpWithPasskey/1': { reason: 'what passes a used challenge finds the sign-up taken: see the one before' },
  'throw/signInAsSample/1': { reason: 'the sample customer is made with what its sign-in asks for: only the type allows another step' },
  'random/codeRow/1': { reason: 'stands where nobody’s code would: no code fits it, however long it is' },
  'random/makeKeyFile/1': { reason: 'names a file for the moment before it gets its own name: whoever is second fails or waits' },
  'throw/applyEffect/1': { reason: '`dueChanges` lets nothing else through: only the type needs it', layer: 'operand/dueChanges/2' },
  'return/readFolder/1': {
    reason: 'a checkout that is not built is told so by the next line, in better words; tests build what they load',
  },
  'return/canVerify/2': { reason: 'all algorithms that this Node offers can be probed; `npm run nodes` runs others, which lack some' },
  'throw/hashGiven/1': { reason: 'the next line refuses alike; only the cause in the log is another' },
  'number/DAY_MS/7': { reason: 'a time in milliseconds is shown in whole days' },
  'throw/guardActive/1': {
    reason: 'a passkey that was removed meanwhile is refused alike when its use is recorded',
    layer: 'throw/provenBy.apply/2',
  },
  'return/tellAnomalies/1': { reason: 'a passkey always has its account: only the type allows none' },
  'edge/isReady/1': { reason: 'nobody can set the clocks of two machines apart to the very millisecond while both run' },
}

export const MOST_ACCEPTED = 0.03
